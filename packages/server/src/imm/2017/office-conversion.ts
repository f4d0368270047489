import { createHash } from 'node:crypto';
import { imm2017Operations as operations, type WireOfficeTask } from '@millrace/protocol/imm';
import { RpcError, type RpcInputOf } from '@millrace/protocol/rpc';
import { type MediaTaskPayload, OFFICE_CONVERSION_2017 } from '../../domain/media/media-task.ts';
import { readResult } from '../../domain/media/notification.ts';
import type { MediaTaskRequest } from '../../domain/media/task-submission.ts';
import type { TaskRow } from '../../domain/ports/task-records.ts';
import { handle, type RpcCall } from '../../rpc/product.ts';
import { officeOperation, pageRange } from '../office-operation.ts';
import { pageOf, pageSize } from '../paging.ts';
import type { ImmServices } from '../services.ts';
import { literal, ossUri } from '../uri.ts';

type Conversion = RpcInputOf<typeof operations.convertOfficeFormat>;

/** "Must finish in five seconds." */
const SYNC_MS = 5_000;
const LAST_PAGE = 200;
const MOST_USER_DATA = 2_048;

const states = { Running: 'Running', Succeeded: 'Finished', Failed: 'Failed' } as const;

export function officeConversionHandlers({ projects, media, tasks, works }: ImmServices) {
  const find = async (accountId: string, project: string, taskId: string): Promise<TaskRow> => {
    await projects.get(accountId, project);
    return tasks.get(accountId, project, taskId);
  };
  return {
    createOfficeConversionTask: handle(operations.createOfficeConversionTask, async (input, call) => {
      const { Project, NotifyTopicName: topic, NotifyEndpoint: endpoint, IdempotentToken: token, UserData } = input;
      const { accountId } = call.principal;
      await projects.get(accountId, Project);
      if (UserData !== undefined && Buffer.byteLength(UserData) > MOST_USER_DATA) {
        throw new RpcError('InvalidParameter.UserData', `UserData may have ${MOST_USER_DATA} bytes.`);
      }
      const request = conversionRequest(input, call, works);
      const task = await media.accept({
        ...request,
        about: {
          ...(UserData && { userData: UserData }),
          asked: { ...request.about.asked, ...(topic && { topic }), ...(endpoint && { endpoint }) },
        },
        ...(topic && { topic }),
        ...(token && { id: taskIdOf(accountId, Project, token) }),
      });
      return {
        Status: states[task.state],
        Percent: percentOf(task),
        CreateTime: new Date(task.createdMs).toISOString(),
        TaskId: task.id,
        TgtLoc: input.TgtUri,
      };
    }),
    convertOfficeFormat: handle(operations.convertOfficeFormat, async (input, call) => {
      await projects.get(call.principal.accountId, input.Project);
      const { id } = await media.accept({ ...conversionRequest(input, call, works), priority: 1 });
      const task = await tasks.ended(id, SYNC_MS);
      if (task.state === 'Succeeded') return { PageCount: readResult(task.result)?.pages ?? 0 };
      if (task.state === 'Failed') throw new RpcError('InvalidParameter', `${task.code}: ${task.message}`);
      await tasks.cancel(id);
      const cure = 'Use CreateOfficeConversionTask for this document.';
      throw new RpcError('InvalidParameter', `ConvertTimeout: it took longer than ${SYNC_MS / 1_000} s. ${cure}`);
    }),
    getOfficeConversionTask: handle(operations.getOfficeConversionTask, async ({ Project, TaskId }, { principal }) => {
      const task = await find(principal.accountId, Project, TaskId);
      return { ...wireTask(task), FailDetail: { Code: task.state === 'Failed' ? task.code : 'NoError' } };
    }),
    listOfficeConversionTask: handle(operations.listOfficeConversionTask, async (input, { principal }) => {
      const { Project: project, Marker = '', MaxKeys } = input;
      const { accountId } = principal;
      await projects.get(accountId, project);
      const limit = pageSize(MaxKeys, 'MaxKeys', 100);
      const found = await tasks.search({
        ...{ accountId, project, kinds: [OFFICE_CONVERSION_2017], sort: 'id', order: 'asc', limit: limit + 1 },
        ...(Marker !== '' && { after: { value: Marker, id: Marker } }),
      });
      const { page, next } = pageOf(found, limit, ({ id }) => id);
      return { Tasks: page.map(wireTask), NextMarker: next };
    }),
    deleteOfficeConversionTask: handle(operations.deleteOfficeConversionTask, async (input, { principal }) => {
      const { id } = await find(principal.accountId, input.Project, input.TaskId);
      await tasks.remove(id);
      return {};
    }),
  };
}

/** One token, one task: the id follows from the token, so that two requests at once meet in the same record. */
function taskIdOf(accountId: string, project: string, token: string): string {
  const digits = createHash('sha256')
    .update(JSON.stringify([accountId, project, token]))
    .digest('hex');
  const uuid = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ];
  return `formatconvert-${uuid.join('-')}`;
}

function conversionRequest(input: Conversion, { principal, requestId }: RpcCall, works: ImmServices['works']) {
  const { Project: project, SrcUri, TgtUri, TgtType, SrcType, DisplayDpi } = input;
  if (TgtType === 'vector') {
    throw new RpcError(
      'InvalidTgtType',
      'The preview format "vector" is not made by this server: use png, jpg, pdf or text.',
    );
  }
  if (DisplayDpi !== undefined && (DisplayDpi < 96 || DisplayDpi > 600)) {
    throw new RpcError('InvalidParameter.DisplayDpi', 'DisplayDpi is 96 to 600.');
  }
  const source = ossUri(SrcUri, 'SrcUri');
  const { bucket, key: folder } = ossUri(TgtUri.endsWith('/') ? TgtUri : `${TgtUri}/`, 'TgtUri');
  const at = literal(folder);
  const page = `${affix(input.TgtFilePrefix, 'TgtFilePrefix')}{index}${affix(input.TgtFileSuffix, 'TgtFileSuffix')}.{autoext}`;
  const whole = TgtType === 'pdf' || TgtType === 'text';
  const pages = input.TgtFilePages?.length
    ? input.TgtFilePages.map((number) => ({ first: number, last: number }))
    : pageRange(input.StartPage ?? 1, input.EndPage ?? LAST_PAGE, 'EndPage');
  return {
    principal,
    requestId,
    project,
    kind: OFFICE_CONVERSION_2017,
    source,
    steps: [
      {
        operation: officeOperation(TgtType === 'text' ? 'txt' : TgtType, SrcType, pages),
        target: whole
          ? { bucket, key: `${at}{barename}.{autoext}` }
          : { bucket, key: at + page, sheetKey: `${at}{sheetname}/${page}` },
      },
    ],
    document: {
      wholeText: true,
      ...(DisplayDpi === undefined ? {} : { dpi: DisplayDpi }),
      ...(input.MaxSheetCount !== undefined &&
        input.MaxSheetCount > 0 && { sheets: { first: 1, count: input.MaxSheetCount } }),
      ...(input.Password && { password: works.seal(input.Password) }),
    },
    about: { asked: { source: SrcUri, target: TgtUri, targetType: TgtType } },
  } satisfies MediaTaskRequest;
}

function affix(text = '', name: string): string {
  if (text.length > 256) throw new RpcError(`InvalidParameter.${name}`, `${name} has at most 256 characters.`);
  return literal(text);
}

/** "0 or 100 only; 100 only on success." */
const percentOf = ({ state }: TaskRow): number => (state === 'Succeeded' ? 100 : 0);

function wireTask(task: TaskRow): WireOfficeTask {
  const { about, source, target } = task.payload as MediaTaskPayload;
  const { asked } = about ?? {};
  return {
    TaskId: task.id,
    Status: states[task.state],
    Percent: percentOf(task),
    PageCount: readResult(task.result)?.pages ?? 0,
    CreateTime: new Date(task.createdMs).toISOString(),
    ...(task.state === 'Succeeded' && { FinishTime: new Date(task.endedMs).toISOString() }),
    SrcUri: asked?.source ?? `oss://${source.bucket}/${source.key}`,
    TgtUri: asked?.target ?? `oss://${target.bucket}/`,
    TgtType: asked?.targetType ?? '',
    ...(asked?.topic && { NotifyTopicName: asked.topic }),
    ...(asked?.endpoint && { NotifyEndpoint: asked.endpoint }),
    ImageSpec: '',
    ExternalID: '',
  };
}
