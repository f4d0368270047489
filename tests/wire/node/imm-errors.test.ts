/** Every code that IMM documents, each provoked by a request of its own; and what needs trained models, by name. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { imm2017, imm2020 } from '@millrace/protocol/imm';
import { oss } from '@millrace/testkit';
import { openTarget, type Target } from './server.ts';
import { commonParameters, rpcPath, signParameters } from './sign-rpc.ts';

let target: Target;
let close: () => Promise<void>;
const project = `errors_${randomBytes(6).toString('hex')}`;
const bucket = `errors-${randomBytes(6).toString('hex')}`;

type Given = Record<string, string>;

interface Refusal {
  status: number;
  Code?: string;
  Message?: string;
  RequestId?: string;
}

const newer = (Action: string, given: Given = {}): Given => ({ Action, Version: '2020-09-30', ...given });
const older = (Action: string, given: Given = {}): Given => ({ Action, Version: '2017-09-06', ...given });
const inProject = (Action: string, given: Given = {}): Given => newer(Action, { ProjectName: project, ...given });

async function send(parameters: Map<string, string>, method = 'GET'): Promise<Refusal> {
  const answer = await fetch(`${target.endpoint}${rpcPath(parameters)}`, { method });
  return { status: answer.status, ...((await answer.json()) as Omit<Refusal, 'status'>) };
}

const ask = (given: Given): Promise<Refusal> => send(signParameters(target, commonParameters(target, given)));

before(async () => {
  ({ target, close } = await openTarget());
  await ask(newer('CreateProject', { ProjectName: project }));
  await oss(target, { method: 'PUT', path: `/${bucket}/`, body: '' });
  await oss(target, { method: 'PUT', path: `/${bucket}/a.txt`, body: 'text' });
});

after(async () => {
  await ask(newer('DeleteProject', { ProjectName: project }));
  await close();
});

const source = (): Given => ({ SourceURI: `oss://${bucket}/a.txt` });
const office = (given: Given = {}): Given =>
  inProject('CreateOfficeConversionTask', {
    ...source(),
    TargetType: 'pdf',
    TargetURI: `oss://${bucket}/b.pdf`,
    ...given,
  });

const film = (given: Given): Given =>
  inProject('CreateMediaConvertTask', { Sources: `[{"URI":"oss://${bucket}/a.txt"}]`, ...given });

/** Status and code, and the request that gets it. */
const table: [number, string, () => Given][] = [
  [404, 'InvalidAccessKeyId.NotFound', () => ({ ...newer('ListProjects'), AccessKeyId: 'nobody' })],
  [400, 'InvalidTimeStamp.Format', () => ({ ...newer('ListProjects'), Timestamp: 'yesterday' })],
  [400, 'InvalidTimeStamp.Expired', () => ({ ...newer('ListProjects'), Timestamp: '2018-11-15T02:40:35Z' })],
  [400, 'InvalidSignatureMethod', () => ({ ...newer('ListProjects'), SignatureMethod: 'HMAC-MD5' })],
  [400, 'InvalidVersion', () => ({ Action: 'ListProjects', Version: '2019-01-01' })],
  [404, 'InvalidAction.NotFound', () => newer('MakeCoffee')],
  [404, 'InvalidAction.NotFound', () => older('MakeCoffee')],
  [501, 'NotImplemented', () => newer('GetDRMLicense')],
  [400, 'MissingProjectName', () => newer('CreateProject')],
  [400, 'InvalidProjectName', () => newer('CreateProject', { ProjectName: '1' })],
  [409, 'ResourceAlreadyExists', () => newer('CreateProject', { ProjectName: project })],
  [404, 'ResourceNotFound', () => newer('GetProject', { ProjectName: 'absent' })],
  [404, 'ResourceNotFound', () => inProject('GetTask', { TaskId: 'x', TaskType: 'OfficeConversion' })],
  [404, 'ResourceNotFound', () => inProject('GetDataset', { DatasetName: 'absent' })],
  [404, 'ResourceNotFound', () => inProject('GetBatch', { Id: 'batch-x' })],
  [404, 'ResourceNotFound', () => newer('GetOSSBucketAttachment', { OSSBucket: bucket })],
  [404, 'ResourceNotFound', () => office({ SourceURI: `oss://${bucket}/absent.docx` })],
  [404, 'ResourceNotFound', () => office({ SourceURI: 'oss://bucket-of-nobody/a.docx' })],
  [400, 'InvalidArgument', () => office({ SourceURI: 'oss://B/a.docx' })],
  [400, 'InvalidArgument', () => office({ TargetURI: `oss://${bucket}/{nothing}.pdf` })],
  [400, 'InvalidSourceURI', () => office({ SourceURI: '/a.docx' })],
  [400, 'InvalidTargetType', () => office({ TargetType: 'gif' })],
  [400, 'MissingTargetURI', () => office({ TargetURI: '' })],
  [400, 'InvalidJSON', () => office({ Tags: '{' })],
  [400, 'InvalidTags', () => office({ Tags: '[]' })],
  [400, 'InvalidUserData', () => office({ UserData: 'x'.repeat(2_049) })],
  [400, 'InvalidLongText', () => office({ LongText: 'perhaps' })],
  [400, 'UnsupportedOperation', () => office({ Notification: '{"RocketMQ":{"TopicName":"t"}}' })],
  [400, 'UnsupportedOperation', () => office({ FitToWidth: 'true' })],
  [400, 'InvalidPaperSize', () => office({ PaperSize: 'A7' })],
  [400, 'InvalidNotification', () => office({ Notification: '{"MNS":{"Topic":"t"}}' })],
  [400, 'InvalidTargets', () => film({ Targets: '[{"Colour":"blue"}]' })],
  [400, 'InvalidTargetGroups', () => film({ TargetGroups: '[{"URI":"oss://b/x"}]' })],
  [400, 'InvalidAlignmentIndex', () => film({ AlignmentIndex: '1' })],
  [400, 'InvalidMaxResults', () => inProject('ListTasks', { MaxResults: '101' })],
  [400, 'InvalidNextToken', () => inProject('ListTasks', { NextToken: 'rubbish' })],
  [400, 'InvalidNextToken', () => inProject('ListBatches', { NextToken: 'batch-gone' })],
  [400, 'InvalidStatus', () => inProject('ListTasks', { Status: 'Done' })],
  [400, 'InvalidTagSelector', () => inProject('ListTasks', { TagSelector: 'k' })],
  [400, 'InvalidStartTimeRange', () => inProject('ListTasks', { StartTimeRange: '{"Start":"noon"}' })],
  [404, 'InvalidProject.NotFound', () => older('GetProject', { Project: 'absent' })],
  [404, 'InvalidProject.NotFound', () => older('ListOfficeConversionTask', { Project: 'absent' })],
  [404, 'InvalidResource.NotFound', () => older('GetOfficeConversionTask', { Project: project, TaskId: 'x' })],
  [400, 'MissingProject', () => older('PutProject')],
  [400, 'InvalidParameter.MaxKeys', () => older('ListProjects', { MaxKeys: '1000' })],
  [400, 'InvalidTgtType', () => older('ConvertOfficeFormat', { ...past(), TgtType: 'vector' })],
  [400, 'InvalidParameter.SrcUri', () => older('ConvertOfficeFormat', { ...past(), SrcUri: 'a.docx' })],
];

const past = (): Given => ({
  Project: project,
  SrcUri: `oss://${bucket}/a.txt`,
  TgtUri: `oss://${bucket}/`,
  TgtType: 'pdf',
});

test('every documented code is answered where it is provoked, with a request id and a reason', async () => {
  const wrong: unknown[] = [];
  for (const [status, code, given] of table) {
    const refusal = await ask(given());
    const told = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(refusal.RequestId ?? '');
    const right = refusal.status === status && refusal.Code === code && told && (refusal.Message ?? '').length > 10;
    if (!right) wrong.push({ wanted: [status, code], asked: given(), refusal });
  }
  assert.deepEqual(wrong, []);
});

test('a signature that is wrong, lacking, or used before is refused', async () => {
  const parameters = signParameters(target, commonParameters(target, newer('ListProjects')));
  assert.equal((await send(parameters)).status, 200);
  assert.equal((await send(parameters)).Code, 'SignatureNonceUsed');
  const wrong = signParameters(target, commonParameters(target, newer('ListProjects'))).set('Prefix', 'x');
  const refusal = await send(wrong);
  assert.deepEqual([refusal.status, refusal.Code], [400, 'SignatureDoesNotMatch']);
  assert.match(refusal.Message ?? '', /server string to sign is:GET&%2F&/);
  const unsigned = commonParameters(target, newer('ListProjects'));
  assert.equal((await send(unsigned)).Code, 'MissingSignature');
  const put = signParameters(target, commonParameters(target, newer('ListProjects')));
  assert.equal((await send(put, 'DELETE')).Code, 'UnsupportedHTTPMethod');
});

test('there are a hundred projects and no more', async () => {
  const made: string[] = [];
  try {
    for (let number = 0; number <= 100; number += 1) {
      const name = `many_${project}_${number}`;
      const { status, Code } = await ask(newer('CreateProject', { ProjectName: name }));
      if (status === 200) made.push(name);
      else {
        assert.deepEqual([status, Code], [429, 'LimitExceededError']);
        return;
      }
    }
    assert.fail('a hundred and one projects were made');
  } finally {
    for (const ProjectName of made) await ask(newer('DeleteProject', { ProjectName }));
  }
});

test('what needs trained models says so, and never makes anything up', async () => {
  for (const [service, named] of [
    [imm2020, newer],
    [imm2017, older],
  ] as const) {
    assert.ok((service.unavailable ?? []).length > 10);
    for (const action of service.unavailable ?? []) {
      const { status, Code, Message } = await ask(named(action, { ProjectName: project, Project: project }));
      assert.deepEqual([status, Code], [400, 'UnsupportedOperation'], action);
      assert.match(Message ?? '', /not available on this installation/);
    }
    for (const action of service.notImplemented) {
      if (service.unavailable?.includes(action)) continue;
      assert.equal((await ask(named(action))).Code, 'NotImplemented', action);
    }
  }
});
