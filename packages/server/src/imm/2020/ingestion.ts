import { imm2020Operations as operations, type WireIngestion, type WireIngestionAction } from '@millrace/protocol/imm';
import { RpcError, type RpcInputOf } from '@millrace/protocol/rpc';
import { readProcess } from '../../domain/media/process-text.ts';
import type { IngestionRow } from '../../domain/ports/ingestion-records.ts';
import { handle, type RpcCall } from '../../rpc/product.ts';
import { oneOf } from '../checks.ts';
import { pageSize } from '../paging.ts';
import type { ImmServices } from '../services.ts';
import { literal, ossUri } from '../uri.ts';
import { inBeijing } from './times.ts';

type Kind = 'batch' | 'trigger';

/** Far more than a project may have at work. */
const ALL = 10_000;

export function ingestionHandlers({ projects, ingestions, access }: ImmServices) {
  const create = async (kind: Kind, input: RpcInputOf<typeof operations.createBatch>, { principal }: RpcCall) => {
    const { ProjectName: project, Input, Actions, Notification, ServiceRole = '', Tags } = input;
    await projects.get(principal.accountId, project);
    const { Bucket = '', Prefix: prefix = '' } = Input.OSS ?? {};
    if (Bucket === '') throw new RpcError('MissingInput', 'Input.OSS.Bucket is mandatory for this action.');
    if (Actions.length === 0) throw invalid('Actions', 'name at least one action');
    const processes = Actions.map(processOf);
    for (const process of processes) {
      const { stages, save } = readProcess(process, 'async');
      const action =
        stages[0]?.[0]?.name === 'doc/convert' ? 'imm:CreateOfficeConversionTask' : 'imm:CreateMediaConvertTask';
      await access.require(principal, action, { name: `project/${project}` });
      if (save?.bucket?.includes('{')) throw invalid('Actions', 'the bucket of a target has no variables');
    }
    const topic = Notification?.MNS?.TopicName ?? '';
    const wire = { Input, Actions, ServiceRole, ...(Notification && { Notification }) };
    const about = { processes, wire, ...(topic && { topic }), ...(Tags && { tags: Tags }) };
    const made = await ingestions.create({ kind, principal, project, bucket: Bucket, prefix, about });
    return { Id: made.id };
  };
  const find = async (kind: Kind, { ProjectName, Id }: { ProjectName: string; Id: string }, { principal }: RpcCall) => {
    await projects.get(principal.accountId, ProjectName);
    return ingestions.get(principal.accountId, ProjectName, kind, Id);
  };
  const list = async (kind: Kind, input: RpcInputOf<typeof operations.listBatches>, { principal }: RpcCall) => {
    const {
      ProjectName: project,
      State,
      TagSelector,
      Sort = 'CreateTime',
      Order = 'DES',
      MaxResults,
      NextToken,
    } = input;
    const { accountId } = principal;
    await projects.get(accountId, project);
    const limit = pageSize(MaxResults, 'MaxResults', 100);
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(TagSelector ?? '') ?? [];
    const fitting = (await ingestions.list({ accountId, project, kind, after: '', limit: ALL })).filter(
      ({ state, about }) => (!State || state === State) && (key === '' || about.tags?.[key] === value),
    );
    const time = ({ createdMs, modifiedMs }: IngestionRow): number => (Sort === 'CreateTime' ? createdMs : modifiedMs);
    const sign = Order.toUpperCase() === 'ASC' ? 1 : -1;
    fitting.sort((a, b) => sign * (time(a) - time(b) || (a.id < b.id ? -1 : 1)));
    const begin = NextToken ? fitting.findIndex(({ id }) => id === NextToken) + 1 : 0;
    if (NextToken && begin === 0) throw invalid('NextToken', 'what it stood for is gone: begin again without one');
    const page = fitting.slice(begin, begin + limit);
    return { page: page.map(wireOf), NextToken: begin + limit < fitting.length ? (page.at(-1)?.id ?? '') : '' };
  };
  const update = async (kind: Kind, input: RpcInputOf<typeof operations.updateBatch>, call: RpcCall) => {
    const { id, bucket, prefix } = await find(kind, input, call);
    const { Input, Actions, Tags } = input;
    const { Bucket = bucket, Prefix = prefix, MatchExpressions } = Input?.OSS ?? {};
    if (Bucket !== bucket || Prefix !== prefix) {
      throw new RpcError('UnsupportedOperation', 'Bucket and Prefix stay as they are: make another one instead.');
    }
    const processes = Actions?.map(processOf);
    for (const process of processes ?? []) readProcess(process, 'async');
    const matching = MatchExpressions && { Input: { OSS: { Bucket: bucket, Prefix: prefix, MatchExpressions } } };
    const wire = { ...(Actions && { Actions }), ...matching };
    await ingestions.change(id, { about: { wire, ...(processes && { processes }), ...(Tags && { tags: Tags }) } });
    return {};
  };
  const turn = async (
    kind: Kind,
    input: { ProjectName: string; Id: string },
    call: RpcCall,
    state: 'Suspended' | 'Running',
  ) => {
    const { id } = await find(kind, input, call);
    await ingestions.change(id, { state });
    return {};
  };
  const remove = async (kind: Kind, input: { ProjectName: string; Id: string }, call: RpcCall) => {
    const { id } = await find(kind, input, call);
    await ingestions.delete(id);
    return {};
  };
  return {
    createBatch: handle(operations.createBatch, (input, call) => create('batch', input, call)),
    getBatch: handle(operations.getBatch, async (input, call) => ({ Batch: wireOf(await find('batch', input, call)) })),
    listBatches: handle(operations.listBatches, async (input, call) => {
      const { page, NextToken } = await list('batch', input, call);
      return { Batches: page, NextToken };
    }),
    updateBatch: handle(operations.updateBatch, (input, call) => update('batch', input, call)),
    suspendBatch: handle(operations.suspendBatch, (input, call) => turn('batch', input, call, 'Suspended')),
    resumeBatch: handle(operations.resumeBatch, (input, call) => turn('batch', input, call, 'Running')),
    deleteBatch: handle(operations.deleteBatch, (input, call) => remove('batch', input, call)),
    createTrigger: handle(operations.createTrigger, (input, call) => create('trigger', input, call)),
    getTrigger: handle(operations.getTrigger, async (input, call) => ({
      Trigger: wireOf(await find('trigger', input, call)),
    })),
    listTriggers: handle(operations.listTriggers, async (input, call) => {
      const { page, NextToken } = await list('trigger', input, call);
      return { Triggers: page, NextToken };
    }),
    updateTrigger: handle(operations.updateTrigger, (input, call) => update('trigger', input, call)),
    suspendTrigger: handle(operations.suspendTrigger, (input, call) => turn('trigger', input, call, 'Suspended')),
    resumeTrigger: handle(operations.resumeTrigger, (input, call) => turn('trigger', input, call, 'Running')),
    deleteTrigger: handle(operations.deleteTrigger, (input, call) => remove('trigger', input, call)),
  };
}

const invalid = (name: string, reason: string): RpcError =>
  new RpcError(`InvalidParameter.${name}`, `Specified parameter ${name} is not valid: ${reason}.`);

function wireOf(row: IngestionRow): WireIngestion {
  const { id, state, scanned, marker, submitted, failed, skipped, createdMs, modifiedMs, about } = row;
  const { Input, Actions, Notification, ServiceRole } = about.wire;
  return {
    Id: id,
    State: state,
    Phase: scanned ? 'IncrementalScanning' : 'FullScanning',
    ServiceRole: String(ServiceRole ?? ''),
    Input,
    Actions,
    ...(Notification !== undefined && { Notification }),
    ...(about.tags && { Tags: about.tags }),
    Marker: marker,
    Statistic: { SubmitSuccess: submitted, SubmitFailure: failed, SkipFiles: skipped },
    Error: about.reason ?? '',
    CreateTime: inBeijing(createdMs),
    UpdateTime: inBeijing(modifiedMs),
  };
}

/**
 * An action as a process string. Its parameters are words of process strings, with `sys/saveas` among them; or, for
 * documents, one JSON text with members of CreateOfficeConversionTask.
 */
function processOf({ Name = '', Parameters = [], FastFailPolicy }: WireIngestionAction): string {
  const { Action = 'ignore' } = FastFailPolicy ?? {};
  if (oneOf(Action, 'Actions', ['ignore', 'abort']) === 'abort') {
    throw new RpcError('UnsupportedOperation', 'The FastFailPolicy abort is not available on this installation.');
  }
  const [only = ''] = Parameters;
  if (only.trimStart().startsWith('{')) return documentProcess(Name, only);
  const stages = Parameters.filter((parameter) => parameter.includes('/'));
  const words = Parameters.filter((parameter) => !parameter.includes('/'));
  if (stages.length === 0) throw invalid('Actions', 'one of the Parameters is sys/saveas,o_KEY with both in base64');
  return [[Name, ...words].join(','), ...stages].join('|');
}

function documentProcess(name: string, text: string): string {
  if (name !== 'doc/convert') throw invalid('Actions', `the Parameters of ${name} are words, such as f_mp4`);
  let members: Partial<Record<string, unknown>>;
  try {
    members = JSON.parse(text);
  } catch {
    throw invalid('Actions', 'Parameters that begin with a brace are JSON');
  }
  const { TargetType, SourceType, Pages, TargetURI, TargetURIPrefix } = members;
  const words = [`target_${TargetType ?? 'pdf'}`];
  if (SourceType) words.push(`source_${SourceType}`);
  if (Pages) words.push(`pages_${Pages}`);
  const { bucket, key } = ossUri(String(TargetURI ?? TargetURIPrefix ?? ''), 'Actions');
  // "Target names have a variable, unless they end in a slash."
  const file =
    TargetType === 'pdf' || TargetType === undefined ? '{barename}.{autoext}' : '{barename}/{index}.{autoext}';
  const folder = TargetURI === undefined || key.endsWith('/');
  if (!folder && !key.includes('{')) throw invalid('Actions', 'a TargetURI has a variable, or ends in a slash');
  const target = folder ? `${TargetURI === undefined ? literal(key) : key}${file}` : key;
  const encode = (plain: string): string => Buffer.from(plain).toString('base64url');
  return `doc/convert,${words.join(',')}|sys/saveas,o_${encode(target)},b_${encode(bucket)}`;
}
