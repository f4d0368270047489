import { imm2020Operations as operations, type WireTask } from '@millrace/protocol/imm';
import { RpcError } from '@millrace/protocol/rpc';
import { DECODE_BLIND_WATERMARK } from '../../domain/media/blind-watermark-task.ts';
import {
  MEDIA_CONVERT,
  type MediaTaskPayload,
  OFFICE_CONVERSION,
  OFFICE_CONVERSION_2017,
} from '../../domain/media/media-task.ts';
import type { TaskRow, TaskSearch, TaskState } from '../../domain/ports/task-records.ts';
import { projectWorks } from '../../domain/projects/project-works.ts';
import { handle } from '../../rpc/product.ts';
import { pageOf, pageSize } from '../paging.ts';
import type { ImmServices } from '../services.ts';
import { inUtc } from './times.ts';

/** What the wire calls kinds of tasks. */
const types: Readonly<Record<string, string>> = {
  [OFFICE_CONVERSION]: 'OfficeConversion',
  [OFFICE_CONVERSION_2017]: 'OfficeConversion',
  [MEDIA_CONVERT]: 'MediaConvert',
  [DECODE_BLIND_WATERMARK]: 'DecodeBlindWatermark',
  ...Object.fromEntries(projectWorks.map(({ name, taskType }) => [name, taskType])),
};

const kindsOf = (type: string): string[] => Object.keys(types).filter((kind) => types[kind] === type);

export function wireTask(task: TaskRow, withDefinition: boolean): Omit<WireTask, 'RequestId'> {
  const { project, about = {} } = task.payload as MediaTaskPayload;
  return {
    TaskId: task.id,
    TaskType: types[task.kind] ?? task.kind,
    ProjectName: project,
    EventId: task.eventId,
    Status: task.state,
    Progress: task.progress,
    StartTime: inUtc(task.createdMs),
    ...(task.state !== 'Running' && { EndTime: inUtc(task.endedMs) }),
    ...(task.state === 'Failed' && { Code: task.code, Message: task.message }),
    ...(about.tags && { Tags: about.tags }),
    ...(about.userData !== undefined && { UserData: about.userData }),
    ...(withDefinition && about.definition !== undefined && { TaskRequestDefinition: about.definition }),
  };
}

function rangeOf(range: { Start?: string; End?: string } | undefined, name: string) {
  if (range === undefined) return undefined;
  const time = (text: string | undefined, otherwise: number): number => {
    const ms = text ? Date.parse(text) : otherwise;
    if (Number.isFinite(ms)) return ms;
    throw new RpcError(`InvalidParameter.${name}`, `Specified parameter ${name} is not valid: times are RFC 3339.`);
  };
  return { fromMs: time(range.Start, 0), toMs: time(range.End, Number.MAX_SAFE_INTEGER) };
}

const sorts = { TaskId: 'id', StartTime: 'created', EndTime: 'ended' } as const;

function stateOf(status: string | undefined): TaskState | undefined {
  if (!status) return undefined;
  const states: readonly TaskState[] = ['Running', 'Succeeded', 'Failed'];
  const found = states.find((state) => state === status);
  if (found) return found;
  throw new RpcError('InvalidParameter.Status', `Specified parameter Status is not valid: use ${states.join(', ')}.`);
}

function tagOf(selector: string | undefined): TaskSearch['tag'] {
  if (!selector) return undefined;
  const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(selector) ?? [];
  if (key !== '') return { key, value };
  throw new RpcError(
    'InvalidParameter.TagSelector',
    'Specified parameter TagSelector is not valid: it is written KEY=VALUE.',
  );
}

/** Where the next page begins, as a text that says nothing to clients. */
function writeToken(task: TaskRow, sort: TaskSearch['sort']): string {
  const value = { id: task.id, created: task.createdMs, ended: task.endedMs }[sort];
  return Buffer.from(JSON.stringify([value, task.id])).toString('base64url');
}

function readToken(token: string | undefined): TaskSearch['after'] {
  if (!token) return undefined;
  try {
    const [value, id] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[];
    if ((typeof value === 'number' || typeof value === 'string') && typeof id === 'string') return { value, id };
  } catch {
    // Refused below, like everything else that is none of ours.
  }
  throw new RpcError(
    'InvalidParameter.NextToken',
    'Specified parameter NextToken is not valid: give back what was answered.',
  );
}

export function taskHandlers({ projects, tasks }: ImmServices) {
  return {
    getTask: handle(operations.getTask, async (input, { principal }) => {
      const { ProjectName, TaskId, TaskType, RequestDefinition = false } = input;
      await projects.get(principal.accountId, ProjectName);
      const task = await tasks.get(principal.accountId, ProjectName, TaskId);
      // "A right id with a wrong type is not found."
      if (types[task.kind] !== TaskType) {
        throw new RpcError('ResourceNotFound', 'The specified resource Task is not found.');
      }
      return wireTask(task, RequestDefinition);
    }),
    listTasks: handle(operations.listTasks, async (input, { principal }) => {
      const { ProjectName: project, TaskTypes, Status, TagSelector, Sort = 'StartTime', Order = 'desc' } = input;
      const { accountId } = principal;
      await projects.get(accountId, project);
      const limit = pageSize(input.MaxResults, 'MaxResults', 100);
      const state = stateOf(Status);
      const tag = tagOf(TagSelector);
      const created = rangeOf(input.StartTimeRange, 'StartTimeRange');
      const ended = rangeOf(input.EndTimeRange, 'EndTimeRange');
      const after = readToken(input.NextToken);
      const found = await tasks.search({
        ...{ accountId, project, sort: sorts[Sort], order: Order === 'asc' || Order === 'ASC' ? 'asc' : 'desc' },
        ...(TaskTypes && { kinds: TaskTypes.flatMap(kindsOf) }),
        ...(state && { state }),
        ...(tag && { tag }),
        ...(created && { created }),
        ...(ended && { ended }),
        ...(after && { after }),
        limit: limit + 1,
      });
      const { page, next } = pageOf(found, limit, (task) => writeToken(task, sorts[Sort]));
      return {
        ProjectName: project,
        MaxResults: String(limit),
        NextToken: next,
        Tasks: page.map((task) => wireTask(task, input.RequestDefinition ?? false)),
      };
    }),
  };
}
