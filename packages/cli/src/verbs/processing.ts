import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { explain } from 'millrace';
import { ask, consoleFlag } from '../console.ts';
import { parseObjectUrl, shown } from '../oss-url.ts';
import { type Call, exitCodes, UsageError, type Verb } from '../verb.ts';

const POLL_MS = 500;

interface Task {
  id: string;
  kind: string;
  state: 'Running' | 'Succeeded' | 'Failed';
  progress: number;
  code: string;
  message: string;
}

export const explainVerb: Verb = {
  name: 'explain',
  operands: 'STRING',
  count: [1, 1],
  summary: 'Say what each step of a process string does, which size results, and what would be refused.',
  flags: [{ name: 'size', value: 'WxH', summary: 'The size of the picture it starts from.' }],
  async run(call) {
    const text = call.text('size');
    const [, width, height] = /^([1-9]\d{0,8})x([1-9]\d{0,8})$/.exec(text ?? '') ?? [];
    if (text !== undefined && width === undefined) throw new UsageError(`--size must be such as 800x600, not ${text}.`);
    const source = width === undefined ? undefined : { width: Number(width), height: Number(height) };
    let sound = true;
    for (const step of explain(call.operands[0] ?? '', source)) {
      const size = step.size ? `  -> ${step.size.width}x${step.size.height}` : '';
      const parameters = step.parameters.map(
        ({ name, value, meaning, problem }) =>
          `\n    ${name} = ${shown(value)}: ${meaning}${problem === undefined ? '' : ` Refused: ${problem}`}`,
      );
      sound &&= step.parameters.every(({ problem }) => problem === undefined);
      call.out.result(step, `${step.operation}: ${step.summary}${size}${parameters.join('')}`);
    }
    return sound ? exitCodes.ok : exitCodes.usage;
  },
};

export const processVerb: Verb = {
  name: 'process',
  operands: 'oss://BUCKET/KEY STRING [FILE]',
  count: [2, 3],
  summary: 'Process an object: into a file, with sys/saveas into another object, or with --async as a task.',
  flags: [
    { name: 'async', summary: 'As a task.' },
    { name: 'wait', summary: 'Waits for the end of the task.' },
    consoleFlag,
  ],
  async run(call) {
    const oss = await call.oss();
    const [operand = '', process = '', file] = call.operands;
    const object = parseObjectUrl(operand);
    if (call.on('async') || call.on('wait')) {
      const { TaskId, EventId } = await oss.asyncProcessObject({ ...object, process });
      if (!call.on('wait')) {
        call.out.result({ TaskId, EventId }, TaskId);
        return exitCodes.ok;
      }
      return await waitFor(call, TaskId);
    }
    if (/\|sys\/saveas,/.test(process)) {
      const done = await oss.processObject({ ...object, process });
      call.out.result(done, `oss://${done.bucket}/${shown(done.object)} (${done.fileSize} bytes)`);
      return exitCodes.ok;
    }
    if (file === undefined) throw new UsageError('Name a file for the result, or end the string in |sys/saveas,….');
    const { body } = await oss.getObject({ ...object, process }, { signal: call.signal });
    const temporary = `${file}.part`;
    try {
      await pipeline(body, createWriteStream(temporary), { signal: call.signal });
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    call.out.result({ file }, `-> ${shown(file)}`);
    return exitCodes.ok;
  },
};

const told = ({ id, kind, state, progress, code, message }: Task): string =>
  [id, kind, state, `${progress} %`, code, shown(message)].filter((part) => part !== '').join('  ');

async function waitFor(call: Call, id: string): Promise<number> {
  for (;;) {
    const task = (await ask(call, 'GET', `/-/tasks/${encodeURIComponent(id)}`)) as unknown as Task;
    if (task.state !== 'Running') {
      call.out.status('');
      call.out.result(task, told(task));
      return task.state === 'Succeeded' ? exitCodes.ok : exitCodes.failure;
    }
    call.out.status(told(task));
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    call.signal.throwIfAborted();
  }
}

export const task: Verb = {
  name: 'task',
  operands: 'ls | show ID | wait ID | cancel ID | retry ID',
  count: [1, 2],
  summary: 'See tasks of this server, wait for them, end them or try them again.',
  flags: [{ name: 'state', value: 'STATE', summary: 'Only Running, Succeeded or Failed ones.' }, consoleFlag],
  async run(call) {
    const [what, id] = call.operands;
    const state = call.text('state');
    if (what === 'ls') {
      const { tasks } = await ask(call, 'GET', `/-/tasks${state ? `?state=${encodeURIComponent(state)}` : ''}`);
      for (const one of tasks as Task[]) call.out.result(one, told(one));
      return exitCodes.ok;
    }
    if (id === undefined) throw new UsageError(`task ${what} needs the id of a task.`);
    if (what === 'wait') return await waitFor(call, id);
    const path = `/-/tasks/${encodeURIComponent(id)}`;
    if (what === 'show' || what === 'cancel' || what === 'retry') {
      const one = what === 'show' ? await ask(call, 'GET', path) : await ask(call, 'POST', `${path}/${what}`);
      call.out.result(one, told(one as unknown as Task));
      return exitCodes.ok;
    }
    throw new UsageError(`task knows ls, show, wait, cancel and retry, not ${what}.`);
  },
};
