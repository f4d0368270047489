import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningServer, recordServed, startServer, successes } from '@millrace/testkit';

/** The server under test: one of our own, or the one that MILLRACE_TEST_ENDPOINT names. */
export type Target = Pick<RunningServer, 'endpoint' | 'accessKeyId' | 'accessKeySecret' | 'accountId' | 'region'>;

const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set along with MILLRACE_TEST_ENDPOINT`);
  return value;
};

/** Each file runs in a process of its own: the one that node was started with. */
const testFile = relative(fileURLToPath(new URL('../../..', import.meta.url)), process.argv[1] ?? '');

/** Gives the server, and what to call when the tests are over. */
export async function openTarget(): Promise<{ target: Target; close(): Promise<void> }> {
  const endpoint = process.env.MILLRACE_TEST_ENDPOINT;
  if (endpoint) {
    const target = {
      endpoint,
      accessKeyId: required('MILLRACE_TEST_ACCESS_KEY_ID'),
      accessKeySecret: required('MILLRACE_TEST_ACCESS_KEY_SECRET'),
      accountId: process.env.MILLRACE_TEST_ACCOUNT_ID ?? '',
      region: process.env.MILLRACE_TEST_REGION ?? 'cn-hangzhou',
    };
    return { target, close: async () => undefined };
  }
  const server = await startServer();
  return {
    target: server,
    close: async () => {
      await recordServed(testFile, new Map(), await successes(server));
      await server.stop();
    },
  };
}
