import { declarationOf, type Operation } from './catalogue/catalogue.ts';
import type { OperationDeclaration } from './catalogue/operation.ts';
import { type DecodedOperation, decodeOperation, partsBehind } from './decode-operation.ts';
import { type ActionText, parse, type StageText } from './grammar/parse.ts';
import { ProcessError } from './process-error.ts';
import { outputVariables, parseTargetName, sourceVariables } from './target-name.ts';

/** A process string, understood: what to do, in order, and what to do with the result. */
export interface Process {
  /** Each stage works on the output of the one before; the operations of a stage belong to one family. */
  stages: Operation[][];
  /** Where the result goes. In asynchronous processing both are target names: see `parseTargetName`. */
  save?: { key: string; bucket?: string };
  /** Present when an end was asked to be announced; without a topic, nowhere. */
  notify?: { topic?: string };
}

/**
 * Reads a process string for one door. Everything that can be refused without looking at the source is refused here,
 * with a `ProcessError` that names the parameter.
 */
export function decode(text: string, door: 'sync' | 'async'): Process {
  const stages = parse(text).stages;
  const end = stages.findIndex(isSystem);
  const work = end < 0 ? stages : stages.slice(0, end);
  if (work.length === 0) throw refuse('', 'process', text, 'It must begin with an operation such as image/resize.');
  const process: Process = { stages: work.map((stage) => decodeStage(stage, door)) };
  checkPictures(process.stages.flat());
  if (end >= 0) decodeSystem(stages.slice(end), door, process);
  if (door === 'async') checkAsync(process);
  return process;
}

const isSystem = (stage: StageText): boolean =>
  stage.family === 'sys' || (stage.family === undefined && stage.actions[0]?.name === 'notify');

function decodeStage(stage: StageText, door: 'sync' | 'async'): Operation[] {
  const { family } = stage;
  if (family === undefined) {
    const [first] = stage.actions;
    throw refuse(
      '',
      'process',
      first?.name ?? '',
      'An operation is written family/action, such as image/resize,w_100.',
    );
  }
  const actions = withoutTrailing(stage.actions);
  const decoded: DecodedOperation[] = [];
  for (let at = 0; at < actions.length; ) {
    const [action, ...following] = actions.slice(at);
    if (action === undefined) break;
    const parts = partsBehind(family, action, following);
    decoded.push(decodeOperation(family, action, following.slice(0, parts)));
    at += 1 + parts;
  }
  for (const [index, { declaration }] of decoded.entries()) {
    checkDoor(declaration, door);
    checkPlace(declaration, index, decoded.length);
  }
  return decoded.map(toOperation);
}

/** "Trailing `/` after the last op": accepted, a documented example ends so. */
const withoutTrailing = (actions: readonly ActionText[]): readonly ActionText[] => {
  const last = actions.at(-1);
  return actions.length > 1 && last?.name === '' && last.arguments.length === 0 ? actions.slice(0, -1) : actions;
};

function checkDoor({ name, door }: OperationDeclaration, asked: 'sync' | 'async'): void {
  if (door === 'both' || door === asked) return;
  if (door === 'async') throw refuse(name, 'process', name, 'It is asynchronous only: POST it as x-oss-async-process.');
  const reason = 'It is synchronous only: use x-oss-process.';
  throw refuse(name, 'process', name, reason, 'task');
}

function checkPlace({ name, place }: OperationDeclaration, index: number, count: number): void {
  if (place === 'alone' && count > 1)
    throw refuse(name, 'process', name, 'It must be the only operation of its stage.');
  if (place === 'last' && index < count - 1) throw refuse(name, 'process', name, 'No operation may follow it.');
}

/**
 * The catalogue's declaration and the values read by it belong together: this is where the link between the two, which
 * the union `Operation` states, is made.
 */
function toOperation({ declaration, params }: DecodedOperation): Operation {
  return { name: declaration.name, params } as Operation;
}

/** `sys/saveas,…/notify,…`, `sys/saveas,…|sys/notify,…`, `sys/saveas,…|notify,…` and `sys/notify,…`. */
function decodeSystem(stages: readonly StageText[], door: 'sync' | 'async', process: Process): void {
  for (const stage of stages) {
    if (!isSystem(stage)) {
      throw refuse('', 'process', stage.family ?? stage.actions[0]?.name ?? '', 'No operation may follow a sys stage.');
    }
    for (const action of withoutTrailing(stage.actions)) {
      const { declaration, params } = decodeOperation('sys', action);
      checkDoor(declaration, door);
      const once = action.name === 'saveas' ? process.save : process.notify;
      if (once !== undefined) throw refuse(declaration.name, action.name, action.name, 'It must be given once.');
      if (action.name === 'saveas') {
        process.save = { key: String(params.o) };
        if (params.b !== undefined) process.save.bucket = String(params.b);
      } else {
        process.notify = params.topic === undefined ? {} : { topic: String(params.topic) };
      }
    }
  }
}

/** What the asynchronous door asks besides: one operation, a place for its outputs, target names that can be filled in. */
function checkAsync({ stages, save }: Process): void {
  const operation = stages[0]?.[0];
  if (operation === undefined) return;
  if (stages.length > 1) {
    throw refuse(
      operation.name,
      'process',
      operation.name,
      'Asynchronous processing takes one operation before sys/saveas.',
    );
  }
  if (declarationOf(operation.name)?.saves === false) {
    if (save === undefined) return;
    throw refuse(
      operation.name,
      'o',
      save.key,
      'It stores nothing: leave sys/saveas out, the notification tells the result.',
    );
  }
  if (save === undefined) {
    throw refuse(
      'sys/saveas',
      'o',
      '',
      `${operation.name} needs sys/saveas with o_, the key to store the result under.`,
    );
  }
  const variables = targetVariables(operation);
  parseTargetName(save.key, 'o', variables);
  // The bucket has to be known when the task is accepted: the right to write to it is checked then.
  if (save.bucket !== undefined) parseTargetName(save.bucket, 'b', sourceVariables);
}

const IF_MISSING = /^if_status_eq_404\{(.*)\}$/s;

/** What a read asks to be done where the object does not exist, in `if_status_eq_404{…}`; undefined for any other string. */
export const ifMissing = (text: string): string | undefined => IF_MISSING.exec(text.trim())?.[1];

/** "At most three watermark images in one request." */
const MOST_WATERMARK_PICTURES = 3;

/** What a picture may go through before it is a watermark. */
const PREPARATIONS: ReadonlySet<string> = new Set([
  'image/resize',
  'image/crop',
  'image/indexcrop',
  'image/rounded-corners',
  'image/rotate',
]);

/** What the operations on pictures say of other pictures, and what only those may say. */
function checkPictures(operations: readonly Operation[]): void {
  let pictures = 0;
  for (const operation of operations) {
    if (operation.name === 'image/resize' && operation.params.P !== undefined) checkOwnSize(operation.params);
    if (operation.name !== 'image/watermark' || operation.params.image === undefined) continue;
    decodePreparation(operation.params.image.process);
    pictures += 1;
    if (pictures > MOST_WATERMARK_PICTURES) {
      const reason = `There may be ${MOST_WATERMARK_PICTURES} pictures as watermarks in one process string.`;
      throw refuse('image/watermark', 'image', 'pictures', reason);
    }
  }
}

function checkOwnSize({ w, h, l, s, p, P }: { [side in 'w' | 'h' | 'l' | 's' | 'p' | 'P']?: number }): void {
  if ((w ?? h ?? l ?? s ?? p) !== undefined) return;
  const reason = 'Only the picture of a watermark is measured by another: use p, w or h.';
  throw new ProcessError({
    ...{ kind: 'invalid', operation: 'image/resize', parameter: 'P', value: String(P), reason, lack: 'missing' },
  });
}

/** What is done to the picture of a watermark before it is put over another. */
export function decodePreparation(text: string): Operation[] {
  if (text === '') return [];
  const invalid = (value: string, reason: string): ProcessError => refuse('image/watermark', 'image', value, reason);
  const { stages } = parse(text);
  const [stage] = stages;
  if (stage === undefined || stages.length > 1) throw invalid(text, 'What precedes a watermark has no pipes.');
  for (const { name } of withoutTrailing(stage.actions)) {
    const operation = `${stage.family ?? ''}/${name}`;
    if (!PREPARATIONS.has(operation)) {
      throw invalid(operation, `A watermark may be prepared by ${[...PREPARATIONS].join(', ')} only.`);
    }
  }
  return decodeStage(stage, 'sync');
}

/** The variables that a target key may use with an operation. */
export function targetVariables(operation: Operation): readonly string[] {
  return [...sourceVariables, ...outputVariables[familyOf(operation)]];
}

/** `image` of `image/resize`. What is done to playlists (`hls/…`) is the work of video. */
export function familyOf(operation: Operation): 'image' | 'doc' | 'video' | 'audio' {
  const { name } = operation;
  if (name.startsWith('image/')) return 'image';
  if (name.startsWith('video/') || name.startsWith('hls/')) return 'video';
  return name.startsWith('audio/') ? 'audio' : 'doc';
}

function refuse(
  operation: string,
  parameter: string,
  value: string,
  reason: string,
  lack?: ProcessError['lack'],
): ProcessError {
  return new ProcessError({ kind: 'invalid', operation, parameter, value, reason, lack });
}
