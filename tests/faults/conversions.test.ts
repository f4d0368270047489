/**
 * Documents, films, sounds and pictures are converted while engines are killed at random, and the server three times: every
 * task ends, every output is what an undisturbed server made, and every end is announced. `MILLRACE_TEST_CONVERSIONS` says
 * how many (7, with one death of the server), `MILLRACE_FAULT_SEED` repeats the choices of an earlier run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionBroken, descendants, endOf, oss, startServer, until } from '@millrace/testkit';
import { Conversions } from '../documents/conversions.ts';
import { leftovers } from '../documents/leftovers.ts';
import { accepted } from './actor.ts';
import { type ConversionKind, conversionKinds, conversionSources, HIDDEN, type Outputs } from './conversion-kinds.ts';
import { Dice } from './random.ts';
import { checkStoredBytes } from './stored-bytes.ts';

const count = Number(process.env.MILLRACE_TEST_CONVERSIONS ?? 7);
const seed = Number(process.env.MILLRACE_FAULT_SEED ?? Date.now() % 1_000_000);
const crashes = count < 100 ? 1 : 3;
/** A few of them do not come to every kind. */
const kinds = conversionKinds.filter((_, number) => count > conversionKinds.length || number % 2 === 0);

/** How many are accepted and have not ended at a time: enough for every engine to be at work. */
const OUTSTANDING = 12;

/** Its death is that of all engines at once, so that it is to come less often. */
const SUPERVISOR = 'supervisor.ts';

interface Submission {
  kind: ConversionKind;
  folder: string;
  /** Absent for what was answered at once. */
  task?: string;
}

test(`${count} conversions end well while engines are killed, and the server ${crashes === 1 ? 'once' : `${crashes} times`}`, {
  timeout: 240_000 + count * 6_000,
}, async (t) => {
  t.diagnostic(`MILLRACE_FAULT_SEED=${seed}`);
  const server = await startServer({ test: t, env: { MILLRACE_LOG_LEVEL: 'info' } });
  const conversions = new Conversions(server);
  await conversions.prepare();
  const sources = await conversionSources();
  for (const [key, bytes] of Object.entries(sources)) await conversions.put(key, bytes);
  const mark = `image/blindwatermark,content_${encoded(HIDDEN)},s_high`;
  await save(conversions, 'photo.jpg', mark, 'marked.jpg');
  sources['marked.jpg'] = await conversions.get('marked.jpg');

  const models = new Map<ConversionKind, Outputs>();
  const undisturbed: Submission[] = [];
  for (const [number, kind] of kinds.entries()) {
    undisturbed.push(await ask(conversions, kind, kind.source, `model/${number}/`));
  }
  await conversions.ended(tasksOf(undisturbed), 120_000);
  for (const submission of undisturbed) {
    assert.equal(endsOf(conversions, submission).at(-1)?.Status ?? 'Succeeded', 'Succeeded');
    const made = await outputs(conversions, submission.folder);
    await submission.kind.judge(made);
    models.set(submission.kind, made);
  }

  const dice = new Dice(seed);
  const asked: Submission[] = [];
  /** Requests that the server died of, which may have been accepted. */
  let unanswered = 0;
  /** How many processes of each program were killed. */
  const killed = new Map<string, number>();
  /** Resolves while the server is up; what it breaks off is done again once it is back. */
  let serving = Promise.resolve();
  let down = false;
  let over = false;
  const outstanding = () => asked.filter(({ task }) => task !== undefined && !conversions.heard.has(task)).length;

  async function throughCrashes<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ConnectionBroken) || over) throw error;
        await serving;
      }
    }
  }

  async function submitAll(): Promise<void> {
    for (let number = 0; number < count && !over; number++) {
      // Each kind in turn, so that every run has all of them; the lots are for the killers.
      const kind = kinds[number % kinds.length] ?? conversionKinds[0];
      // A version of its own: nothing is known of it, and nothing kept.
      const key = `in/${number}/${kind.source}`;
      await throughCrashes(() => conversions.put(key, sources[kind.source] ?? new Uint8Array()));
      const submission = await throughCrashes(() => {
        unanswered++;
        return ask(conversions, kind, key, `out/${number}/`);
      });
      unanswered--;
      asked.push(submission);
      await until('room for another', 240_000, () => over || outstanding() < OUTSTANDING);
    }
  }

  async function listen(): Promise<void> {
    while (!over && (asked.length < count || outstanding() > 0)) await throughCrashes(() => conversions.hear(1));
  }

  async function killEngines(): Promise<void> {
    let progress = 0;
    const underWay = () => !over && (asked.length < count || outstanding() > 0);
    while (underWay()) {
      // At most one for each step of the work, so that a slow machine gets no more of them and the work comes to its end.
      await until('work to go on', 240_000, () => !underWay() || asked.length + conversions.heard.size > progress);
      progress = asked.length + conversions.heard.size;
      if (dice.next() < 0.5) continue;
      // Not a wait for anything: the moment of the blow is what is drawn by lot.
      await pause(dice.between(0, 600));
      // Its number may be another's meanwhile.
      if (down) continue;
      const seen = Map.groupBy(descendants(server.pid), ({ command }) => programOf(command));
      if (dice.next() < 0.9) seen.delete(SUPERVISOR);
      const [first, ...others] = seen;
      if (first === undefined) continue;
      // By kind and not by number, or those that last would take every blow.
      const [program, victims] = dice.pick([first, ...others]);
      const victim = victims[dice.between(0, victims.length - 1)];
      if (victim !== undefined && kill(victim.pid)) killed.set(program, (killed.get(program) ?? 0) + 1);
    }
  }

  async function killServer(): Promise<void> {
    for (let crash = 1; crash <= crashes; crash++) {
      const heard = conversions.heard.size;
      const due = Math.floor((count * crash) / (crashes + 1));
      await until('a part of the work', 600_000, () => over || asked.length >= due);
      if (over) return;
      await pause(dice.between(0, 500));
      const back = Promise.withResolvers<void>();
      serving = back.promise;
      down = true;
      try {
        const family = descendants(server.pid);
        await server.kill('SIGKILL');
        await endOf(family, 15_000);
        await server.restart();
        down = false;
      } finally {
        back.resolve();
      }
      t.diagnostic(`killed with ${outstanding()} under way, ${heard} ended before`);
    }
  }

  const all = [submitAll(), listen(), killEngines(), killServer()].map((work) =>
    work.catch((error: unknown) => {
      over = true;
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(all)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  over = true;

  // What was killed twice is given up, with a reason and without outputs. An operator begins it again.
  const given = asked.filter((one) => endsOf(conversions, one).at(-1)?.Status === 'Failed');
  for (const submission of given) {
    const [end] = endsOf(conversions, submission);
    assert.equal(end?.Code, 'InternalError', `${submission.kind.action}: ${JSON.stringify(end)}`);
    assert.match(end?.Message ?? '', /SIGKILL|ended|lost|stopped|started/);
    assert.doesNotMatch(end?.Message ?? '', /\/work\/|\/tmp\/|node:internal|at .*\.ts:/);
    await retry(conversions, submission.task ?? '');
  }
  for (const { task = '' } of given) {
    await until(`another end of ${task}`, 240_000, async () => {
      await conversions.hear(1);
      return (conversions.heard.get(task)?.length ?? 0) > 1;
    });
  }

  let twice = 0;
  for (const submission of asked) {
    const { kind, folder } = submission;
    const ends = endsOf(conversions, submission);
    assert.equal(ends.at(-1)?.Status ?? 'Succeeded', 'Succeeded', `${kind.action}: ${JSON.stringify(ends)}`);
    if (submission.task !== undefined) twice += ends.length - 1 - (given.includes(submission) ? 1 : 0);
    if (kind.target === undefined) assert.equal(ends.at(-1)?.Content, HIDDEN);
    const made = await outputs(conversions, folder);
    const model = models.get(kind) ?? new Map();
    assert.deepEqual([...made.keys()].toSorted(), [...model.keys()].toSorted(), `${kind.action} into ${folder}`);
    for (const [name, bytes] of made) assert.ok(model.get(name)?.equals(bytes), `${folder}${name} differs`);
  }
  const known = new Set(tasksOf([...asked, ...undisturbed]));
  const strangers = [...conversions.heard.keys()].filter((task) => !known.has(task));
  assert.ok(strangers.length <= unanswered, `${strangers.length} ends of tasks that nobody asked for`);
  assert.ok(twice <= crashes, `${twice} ends were announced twice, with ${crashes} deaths of the server`);
  assert.ok(killed.size > 0, 'no engine was killed');

  await until('the work to be over', 30_000, () => leftovers(server.dataFolder).length === 0).catch(() => undefined);
  assert.deepEqual(leftovers(server.dataFolder), [], 'nothing is left of the work');
  assert.equal(await server.kill('SIGTERM').then(({ code }) => code), 0);
  await checkStoredBytes(server.dataFolder);
  t.diagnostic(
    `killed: ${[...killed].map(([name, times]) => `${name} ${times}`).join(', ')}; ${given.length} of ${count} given up and begun again, ${twice} announced twice`,
  );
});

const encoded = (text: string) => Buffer.from(text).toString('base64url');

const tasksOf = (submissions: readonly Submission[]) => submissions.flatMap(({ task }) => task ?? []);

const endsOf = ({ heard }: Conversions, { task = '' }: Submission) => heard.get(task) ?? [];

async function ask(conversions: Conversions, kind: ConversionKind, key: string, folder: string): Promise<Submission> {
  const target = kind.target === undefined ? undefined : `${folder}${kind.target}`;
  if (!kind.sync) return { kind, folder, task: await conversions.submit(key, kind.action, target) };
  await save(conversions, key, kind.action, target ?? '');
  return { kind, folder };
}

/** Tries again what the server could not do, or not in time, as clients do. */
async function save({ server, bucket }: Conversions, key: string, action: string, target: string): Promise<void> {
  await until(`an answer to ${action}`, 180_000, async () => {
    const answer = await oss(server, {
      method: 'POST',
      path: `/${bucket}/${key}`,
      query: { 'x-oss-process': '' },
      body: `x-oss-process=${action}|sys/saveas,o_${encoded(target)}`,
    });
    if (answer.status === 400 && /stopped after \d+ s/.test(answer.text)) return false;
    return accepted(answer, 200, 500, 503).status === 200;
  });
}

async function outputs(conversions: Conversions, folder: string): Promise<Outputs> {
  const made = new Map<string, Buffer>();
  for (const key of await conversions.keys(folder)) made.set(key.slice(folder.length), await conversions.get(key));
  return made;
}

async function retry({ server }: Conversions, task: string): Promise<void> {
  const authorization = `Basic ${btoa(`${server.accessKeyId}:${server.accessKeySecret}`)}`;
  const answer = await fetch(`${server.console}/-/tasks/${task}/retry`, { method: 'POST', headers: { authorization } });
  assert.equal(answer.status, 200, await answer.text());
}

/** `ffmpeg` of `/usr/bin/ffmpeg -nostdin …`; of scripts their own name. */
function programOf(command: string): string {
  const words = command.split(' ');
  const script = words.find((word) => /\.(ts|py)$/.test(word));
  return (script ?? words[0] ?? '').split('/').at(-1) ?? '';
}

/** It may have ended since it was looked up. */
function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}
