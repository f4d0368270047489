import type { Call, Flag } from './verb.ts';

export const consoleFlag: Flag = {
  name: 'console',
  value: 'URL',
  summary: 'The admin port of the server; port 9001 of the endpoint by default.',
};

/** Asks the admin port, as the operator that the keys belong to. */
export async function ask(call: Call, method: string, path: string): Promise<Record<string, unknown>> {
  const { console: base, accessKeyId, accessKeySecret } = await call.settings();
  const pair = Buffer.from(`${accessKeyId}:${accessKeySecret}`).toString('base64');
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Basic ${pair}` },
    signal: call.signal,
  });
  const text = await answer.text();
  const value = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
  if (!answer.ok)
    throw new Error(typeof value.error === 'string' ? value.error : `The console answered ${answer.status}.`);
  return value;
}
