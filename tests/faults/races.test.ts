/** Requests at the same moment that cannot all be right: one wins, and the others are told so. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, oss, type RunningServer, startServer } from '@millrace/testkit';
import { accepted } from './actor.ts';
import { bytesOf } from './random.ts';

const ROUNDS = 20;
const RIVALS = 8;
/** Kept with the records, and in a file of its own. */
const SIZES = [2_000, 120_000];

let server: RunningServer;
before(async () => {
  server = await startServer();
  accepted(await oss(server, { method: 'PUT', path: '/races/' }), 200);
});
after(() => server.stop());

const codeOf = (answer: Answer): string => /<Code>(\w+)<\/Code>/.exec(answer.text)?.[1] ?? '';

/** All send at once; exactly one is answered 200, the others 409 with `code`, and its bytes are the object's. */
async function oneWins(path: string, code: string, send: (body: Buffer) => Promise<Answer>, size: number) {
  const bodies = Array.from({ length: RIVALS }, (_, rival) => bytesOf(rival + 1, size));
  const answers = await Promise.all(bodies.map(send));
  const winners = answers.flatMap(({ status }, rival) => (status === 200 ? [rival] : []));
  assert.equal(winners.length, 1, `${winners.length} winners of ${path}`);
  for (const answer of answers) {
    if (answer.status !== 200) assert.deepEqual([answer.status, codeOf(answer)], [409, code]);
  }
  const { body } = accepted(await oss(server, { method: 'GET', path }), 200);
  assert.deepEqual(body, bodies[winners[0] ?? -1]);
}

test('of several first appends one begins the object', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const path = `/races/append-${round}`;
    const query = { append: '', position: '0' };
    const send = (body: Buffer) => oss(server, { method: 'POST', path, query, body });
    await oneWins(path, 'PositionNotEqualToLength', send, SIZES[round % 2] ?? 0);
  }
});

test('of several puts that forbid overwriting one makes the object', async () => {
  const headers = { 'x-oss-forbid-overwrite': 'true' };
  for (let round = 0; round < ROUNDS; round++) {
    const path = `/races/put-${round}`;
    const send = (body: Buffer) => oss(server, { method: 'PUT', path, headers, body });
    await oneWins(path, 'FileAlreadyExists', send, SIZES[round % 2] ?? 0);
  }
});

test('an upload that is completed, aborted and written to at once ends in one of the two ways', async (t) => {
  const ends = { completed: 0, aborted: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const path = `/races/upload-${round}`;
    const begun = accepted(await oss(server, { method: 'POST', path, query: { uploads: '' } }), 200);
    const uploadId = /<UploadId>(\w+)</.exec(begun.text)?.[1] ?? '';
    const part = { method: 'PUT', path, query: { partNumber: '1', uploadId } };
    const body = bytesOf(round + 1, 120_000);
    const { headers } = accepted(await oss(server, { ...part, body }), 200);
    const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${headers.etag}</ETag></Part></CompleteMultipartUpload>`;
    const send = {
      complete: () => oss(server, { method: 'POST', path, query: { uploadId }, body: list }),
      abort: () => oss(server, { method: 'DELETE', path, query: { uploadId } }),
      write: () => oss(server, { ...part, body: bytesOf(round + 1_000, 2_000) }),
    };
    // Whoever is sent first is not always the first to be heard.
    const [complete, abort, write] =
      round % 2 === 0
        ? await Promise.all([send.complete(), send.abort(), send.write()])
        : await Promise.all([send.abort(), send.complete(), send.write()]).then(([a, c, w]) => [c, a, w] as const);
    assert.ok(write.status === 200 || codeOf(write) === 'NoSuchUpload', write.text);
    const completed = complete.status === 200;
    if (completed) assert.deepEqual([abort.status, codeOf(abort)], [404, 'NoSuchUpload']);
    else {
      // The part that was named may have been replaced before it could be used.
      assert.match(codeOf(complete), /^(NoSuchUpload|InvalidPart)$/);
      assert.equal(abort.status, 204);
    }
    ends[completed ? 'completed' : 'aborted']++;
    const found = await oss(server, { method: 'GET', path });
    assert.equal(found.status, completed ? 200 : 404);
    if (completed) assert.deepEqual(found.body, body);
    const gone = await oss(server, { method: 'GET', path, query: { uploadId } });
    assert.deepEqual([gone.status, codeOf(gone)], [404, 'NoSuchUpload']);
  }
  t.diagnostic(JSON.stringify(ends));
});
