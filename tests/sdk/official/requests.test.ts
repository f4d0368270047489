import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Field, fieldList, type Operation, served } from '@millrace/protocol/oss';
import { collect, Oss, type WireRequest } from 'millrace';
import { type OfficialCase, officialCases } from './cases.ts';

interface Recorded {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string;
}

const keys = {
  accessKeyId: 'OfficialKeyId',
  accessKeySecret: 'OfficialKeySecret',
  region: 'cn-hangzhou',
  // V1 of the Python client sends the token where it is not signed: see oss-auth.
  securityToken: '',
};

const python = fileURLToPath(new URL('../../../.cache/venv/bin/python', import.meta.url));
const recorder = fileURLToPath(new URL('record.py', import.meta.url));

async function record(cases: readonly OfficialCase[]): Promise<(Recorded | { error: string })[]> {
  const child = spawn(python, [recorder], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ ...keys, cases }));
  const { results } = JSON.parse(new TextDecoder().decode(await collect(child.stdout)));
  return results;
}

/** What a caller of this SDK would write for the same request, by the declaration. */
function inputOf(made: OfficialCase): Record<string, unknown> {
  const input: Record<string, unknown> = { bucket: made.bucket, key: made.key };
  for (const [name, field] of fieldList((served[made.operation] as Operation).input)) {
    const value = fieldValue(field, made);
    if (value !== undefined) input[name] = value;
  }
  if (made.process !== undefined) input.process = made.process;
  return input;
}

function fieldValue(field: Field, made: OfficialCase): unknown {
  if (field.place === 'stream' || field.place === 'text') return made.body;
  if (field.place === 'meta') return made.meta;
  if (field.place === 'xml') return made.xml === undefined ? undefined : field.document.decode(made.xml);
  if (field.place !== 'query' && field.place !== 'header') return undefined;
  if (field.wireName === 'x-oss-copy-source') return made.source;
  const text = (field.place === 'query' ? made.query : made.headers)[field.wireName];
  return text === undefined ? undefined : field.codec.parse(text, field.wireName);
}

/** What of a request a signature covers, and what the service reads. */
function essence(method: string, url: string, headers: Readonly<Record<string, string>>, body: string) {
  const { pathname, searchParams } = new URL(url, 'http://x');
  const read =
    /^(x-oss-|content-type$|content-md5$|authorization$|date$|range$|if-|cache-control$|content-|expires$|origin$|access-)/;
  return {
    method,
    path: pathname,
    query: [...searchParams].sort(),
    headers: Object.entries(headers)
      .filter(([name]) => read.test(name) && name !== 'content-length')
      .sort(),
    body,
  };
}

/** Why a request of the official client is not what ours is held against. */
function excused({ operation, signatureVersion, query }: OfficialCase): boolean {
  // Python V2 leaves these out of the text that V1 signs, against the vendor's page: oss-auth §2.1.
  const unsigned = [...Object.keys(query)].some((name) => name.startsWith('x-oss-'));
  const v1 = signatureVersion === 'v1' && (unsigned || /Process|Select/.test(operation));
  // Elements of these come in another order, or not at all, from the client's models: to XML it is the same document.
  return (
    v1 || /^Put(BucketInventory|BucketLifecycle|BucketOverwriteConfig|UserDefinedLogFieldsConfig)$/.test(operation)
  );
}

test('200 requests and more are those that the official Python V2 client signs', async (t) => {
  const cases = officialCases();
  const recorded = await record(cases);
  const equal: string[] = [];
  const absent: string[] = [];
  const different: string[] = [];
  for (const [index, made] of cases.entries()) {
    const theirs = recorded[index];
    if (theirs === undefined || 'error' in theirs) {
      absent.push(`${made.name}: ${theirs?.error}`);
      continue;
    }
    if (excused(made)) continue;
    const sent: WireRequest[] = [];
    const oss = new Oss({
      ...keys,
      endpoint: 'http://127.0.0.1:1',
      signatureVersion: made.signatureVersion,
      retry: 1,
      platform: {
        now: () => Date.parse(theirs.headers.date ?? ''),
        transport: async (request) => {
          sent.push(request);
          return { status: 204, headers: {}, body: (async function* () {})() };
        },
      },
    });
    await oss.call(served[made.operation] as Operation, inputOf(made)).catch(() => undefined);
    const [ours] = sent;
    if (!ours) {
      different.push(`${made.name}: not sent`);
      continue;
    }
    const body = ours.body ? Buffer.from(await collect(ours.body.open())).toString('base64') : '';
    try {
      assert.deepEqual(
        essence(ours.method, ours.url, ours.headers, body),
        essence(theirs.method, theirs.target, theirs.headers, theirs.body),
      );
      equal.push(made.name);
    } catch (error) {
      different.push(`${made.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  assert.deepEqual(different, []);
  t.diagnostic(`${equal.length} requests are equal, ${absent.length} the client cannot make`);
  assert.ok(equal.length >= 200, `only ${equal.length} requests were compared; absent: ${absent.join('\n')}`);
});
