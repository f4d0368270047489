import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TaskRow } from '../ports/task-records.ts';
import { type MediaTaskResult, type NotificationFacts, notificationBody, rfc3339 } from './notification.ts';

const task = (row: Partial<TaskRow> = {}): TaskRow => ({
  id: 'MediaConvert-1',
  kind: 'media-convert',
  tenant: 'b',
  priority: 0,
  payload: null,
  state: 'Running',
  accountId: '100000',
  requestId: 'REQ',
  eventId: '25E-1uBJ',
  notifyTopic: 'done',
  createdMs: Date.UTC(2024, 7, 20, 7, 3, 7, 360),
  startedMs: 0,
  endedMs: 0,
  attempts: 1,
  crashes: 0,
  progress: 0,
  code: '',
  message: '',
  result: null,
  leaseToken: 1,
  leaseOwner: 'x',
  leaseUntilMs: 0,
  notBeforeMs: 0,
  ...row,
});

const facts: NotificationFacts = {
  region: 'cn-beijing',
  project: 'p1',
  taskType: 'MediaConvert',
  operation: 'video/snapshots',
  source: { bucket: 'b', key: 'in.mp4' },
  endedMs: Date.UTC(2024, 7, 20, 7, 3, 11, 900),
};

const succeeded = (keys: string[], more: Partial<MediaTaskResult> = {}) => ({
  state: 'Succeeded' as const,
  result: { targets: keys.map((key) => ({ bucket: 'b', key, size: 1 })), targetCount: keys.length, ...more },
});

describe('the notification of a task', () => {
  it('is the documented skeleton to the byte for a snapshot task', () => {
    const body = notificationBody(task(), succeeded(['out_0_1.jpg']), facts);
    const content =
      '{"ProjectName":"p1","DatasetName":"","RequestId":"REQ","StartTime":"2024-08-20T07:03:07.36Z","EndTime":"2024-08-20T07:03:11.9Z","UserData":"","TaskType":"MediaConvert","TaskId":"MediaConvert-1","Status":"Succeeded","Code":"","Message":"","EventSourceId":"","Sources":[{"URI":"oss://b/in.mp4","SubtitleSources":null}],"Targets":[{"URI":"","Subtitle":{"Extract":{"URI":""}},"Image":{"Sprites":null,"Snapshots":[{"URI":"oss://b/out_0_1.jpg"}],"Animations":null}}]}';
    assert.equal(
      body,
      `{"id":"25E-1uBJ","source":"acs.imm","type":"imm:Task:MediaConvert","subject":"acs:imm:cn-beijing:100000:p1/imm:Task:MediaConvert","time":"${facts.endedMs}","content":${JSON.stringify(content)}}`,
    );
  });

  it('names the target of a transcode by its URI and the moving picture of an animation in its list', () => {
    const targets = (operation: string) =>
      JSON.parse(JSON.parse(notificationBody(task(), succeeded(['o']), { ...facts, operation })).content).Targets;
    assert.equal(targets('video/convert')[0].URI, 'oss://b/o');
    assert.equal(targets('video/convert')[0].Image.Snapshots, null);
    assert.deepEqual(targets('video/animation')[0].Image.Animations, [{ URI: 'oss://b/o' }]);
  });

  it('carries code and message of a failure and no targets', () => {
    const end = { state: 'Failed' as const, code: 'InvalidArgument', message: 'Not a video.', result: null };
    const content = JSON.parse(JSON.parse(notificationBody(task(), end, facts)).content);
    assert.deepEqual(
      [content.Status, content.Code, content.Message, content.Targets],
      ['Failed', 'InvalidArgument', 'Not a video.', []],
    );
  });

  it('tells pages and targets of a document', () => {
    const office = { ...facts, taskType: 'OfficeConversion' as const, operation: 'doc/convert' };
    const body = JSON.parse(notificationBody(task(), succeeded(['1.png', '2.png'], { pages: 2 }), office));
    assert.equal(body.type, 'imm:Task:OfficeConversion');
    const content = JSON.parse(body.content);
    assert.deepEqual([content.PageCount, content.SourceURI, content.Targets.length], [2, 'oss://b/in.mp4', 2]);
  });

  it('stays within what a topic takes and says how many targets there are', () => {
    const keys = Array.from({ length: 900 }, (_, index) => `${'報'.repeat(100)}${index}`);
    const body = notificationBody(task(), succeeded(keys, { targetCount: 5000 }), facts);
    assert.ok(Buffer.byteLength(body) <= 60_000);
    const content = JSON.parse(JSON.parse(body).content);
    assert.equal(content.TargetCount, 5000);
    assert.ok(content.Targets[0].Image.Snapshots.length > 50);
  });

  it('trims the fraction of a time', () => {
    assert.equal(rfc3339(Date.UTC(2024, 0, 1, 0, 0, 0, 0)), '2024-01-01T00:00:00Z');
    assert.equal(rfc3339(Date.UTC(2024, 0, 1, 10, 20, 30, 120)), '2024-01-01T10:20:30.12Z');
    assert.equal(rfc3339(Date.UTC(2024, 0, 1, 10, 20, 30, 7)), '2024-01-01T10:20:30.007Z');
  });
});
