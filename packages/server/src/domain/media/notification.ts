import type { NewEvent } from '../events/event-commands.ts';
import type { TaskRow } from '../ports/task-records.ts';
import type { TaskEnd } from '../tasks/commands.ts';

/** One object that a task wrote. */
export interface TaskTarget {
  bucket: string;
  key: string;
  size: number;
}

/** What a media task leaves in its record. */
export interface MediaTaskResult {
  /** The objects written, by key; only the first thousand of very many. */
  targets: TaskTarget[];
  targetCount: number;
  pages?: number;
  durationMs?: number;
  /** What was hidden in a picture; '' where nothing was found. */
  text?: string;
  /** What else there is to tell of the work. */
  facts?: Readonly<Record<string, unknown>>;
}

/** What a notification needs besides the task's own record. */
export interface NotificationFacts {
  region: string;
  project: string;
  taskType: string;
  /** Where it is not `imm:Task:` and the type of the task. */
  eventType?: string;
  /** The process operation: decides under which member of `Targets` outputs are listed. */
  operation: string;
  /** What stands in place of the members of documents and media, for tasks of other types. */
  members?: (uris: readonly string[], result: MediaTaskResult | undefined) => object;
  source: { bucket: string; key: string };
  /** The objects that were joined with the source. */
  operands?: readonly { bucket: string; key: string }[];
  endedMs: number;
  userData?: string;
}

/** A message to a topic holds 65,536 bytes; some of that is the envelope's. */
const MAX_BODY_BYTES = 60_000;

/**
 * The text published at the end of a task in the vendor's format of 2020 (document 2743997): `content` is JSON inside a
 * string. Where very many outputs would make it too long for a topic, the list is cut and `TargetCount` tells the number.
 */
export function notificationBody(task: TaskRow, end: TaskEnd, facts: NotificationFacts): string {
  const result = end.state === 'Succeeded' ? readResult(end.result) : undefined;
  let listed = result?.targets.length ?? 0;
  for (;;) {
    const body = write(task, end, facts, result, listed);
    const bytes = Buffer.byteLength(body);
    if (bytes <= MAX_BODY_BYTES || listed === 0) return body;
    listed = Math.min(listed - 1, Math.floor((listed * MAX_BODY_BYTES) / bytes));
  }
}

const typeOf = ({ eventType, taskType }: NotificationFacts): string => eventType ?? `imm:Task:${taskType}`;

/** The same as a CloudEvent, whose data is no string; the vendor's EventBridge writes such. */
export function cloudEvent(task: TaskRow, end: TaskEnd, facts: NotificationFacts, id: string): NewEvent {
  const { region, endedMs } = facts;
  const result = end.state === 'Succeeded' ? readResult(end.result) : undefined;
  const type = typeOf(facts);
  const body = JSON.stringify({
    specversion: '1.0',
    id,
    source: 'acs.imm',
    type,
    subject: `acs.imm:${region}:${task.accountId}:${id}`,
    time: new Date(endedMs).toISOString(),
    datacontenttype: 'application/json',
    data: contentOf(task, end, facts, result, result?.targets.length ?? 0),
  });
  return { id, type, body };
}

function write(
  task: TaskRow,
  end: TaskEnd,
  facts: NotificationFacts,
  result: MediaTaskResult | undefined,
  listed: number,
): string {
  const { region, project, endedMs } = facts;
  const type = typeOf(facts);
  return JSON.stringify({
    id: task.eventId,
    source: 'acs.imm',
    type,
    subject: `acs:imm:${region}:${task.accountId}:${project}/${type}`,
    time: String(endedMs),
    content: JSON.stringify(contentOf(task, end, facts, result, listed)),
  });
}

function contentOf(
  task: TaskRow,
  end: TaskEnd,
  facts: NotificationFacts,
  result: MediaTaskResult | undefined,
  listed: number,
): object {
  const { project, taskType, endedMs } = facts;
  const uris = (result?.targets ?? []).slice(0, listed).map(uriOf);
  return {
    ProjectName: project,
    DatasetName: '',
    RequestId: task.requestId,
    StartTime: rfc3339(task.createdMs),
    EndTime: rfc3339(endedMs),
    UserData: facts.userData ?? '',
    TaskType: taskType,
    TaskId: task.id,
    Status: end.state,
    Code: end.state === 'Failed' ? end.code : '',
    Message: end.state === 'Failed' ? end.message : '',
    EventSourceId: '',
    ...ownMembers(facts, uris, result),
    ...(result !== undefined && result.targetCount > uris.length ? { TargetCount: result.targetCount } : {}),
  };
}

function ownMembers(facts: NotificationFacts, uris: readonly string[], result: MediaTaskResult | undefined): object {
  if (facts.members) return facts.members(uris, result);
  const { taskType } = facts;
  if (taskType === 'DecodeBlindWatermark') return markMembers(facts, uris, result);
  return taskType === 'MediaConvert' ? mediaMembers(facts, uris) : officeMembers(facts, uris, result);
}

/** "Unused lists are null, used ones are [{URI}]; unused URIs are empty." */
function mediaMembers({ operation, source, operands = [] }: NotificationFacts, uris: readonly string[]): object {
  const list = uris.map((URI) => ({ URI }));
  const target = (
    URI: string,
    {
      Sprites = null,
      Snapshots = null,
      Animations = null,
    }: { Sprites?: object[] | null; Snapshots?: object[] | null; Animations?: object[] | null },
  ): object => ({ URI, Subtitle: { Extract: { URI: '' } }, Image: { Sprites, Snapshots, Animations } });
  const targets = (): object[] => {
    if (uris.length === 0) return [];
    if (operation === 'video/snapshots') return [target('', { Snapshots: list })];
    if (operation === 'video/sprite') return [target('', { Sprites: list })];
    if (operation === 'video/animation') return [target('', { Animations: list })];
    return uris.map((uri) => target(uri, {}));
  };
  const sources = [source, ...operands].map((each) => ({ URI: uriOf(each), SubtitleSources: null }));
  return { Sources: sources, Targets: targets() };
}

/** The vendor does not document the members of this task type: these names are ours, in the style of the others. */
function officeMembers(
  { source }: NotificationFacts,
  uris: readonly string[],
  result: MediaTaskResult | undefined,
): object {
  return {
    SourceURI: uriOf(source),
    TargetURI: uris.at(-1) ?? '',
    Targets: uris.map((URI) => ({ URI })),
    PageCount: result?.pages ?? 0,
  };
}

/** The vendor does not document these either; the text has the name that GetDecodeBlindWatermarkResult has for it. */
function markMembers({ source }: NotificationFacts, _: readonly string[], result: MediaTaskResult | undefined): object {
  return { SourceURI: uriOf(source), Content: result?.text ?? '' };
}

export const uriOf = ({ bucket, key }: { bucket: string; key: string }): string => `oss://${bucket}/${key}`;

/** RFC 3339 in UTC with the fraction trimmed: `2024-08-20T07:03:07.36Z`. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0+Z$/, 'Z');
}

/** What `run` returned, as it comes back from the record. */
export function readResult(result: unknown): MediaTaskResult | undefined {
  return typeof result === 'object' && result !== null && 'targets' in result && Array.isArray(result.targets)
    ? (result as MediaTaskResult)
    : undefined;
}
