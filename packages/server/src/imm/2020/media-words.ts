import { RpcError } from '@millrace/protocol/rpc';

/** What the actions on media refuse, and how they read what clients send. */
export const invalid = (path: string, reason: string): RpcError =>
  new RpcError(`InvalidParameter.${path.split('.', 1)[0]}`, `Specified parameter ${path} is not valid: ${reason}.`);

export const unserved = (what: string): RpcError =>
  new RpcError('UnsupportedOperation', `${what} is not available on this installation.`);

/** Whether there is anything in it: clients send empty lists of what nobody has filled in. */
export const asked = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== undefined && value !== null;

export const ms = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.round(seconds * 1000);
