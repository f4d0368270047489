import { RpcError } from '@millrace/protocol/rpc';

/** The number, if it was given, which must lie between the two. */
export function within(value: number | undefined, name: string, least: number, most: number): number | undefined {
  if (value === undefined || (value >= least && value <= most)) return value;
  const reason = `Specified parameter ${name} is not valid: ${value} is not in ${least} to ${most}.`;
  throw new RpcError(`InvalidParameter.${name}`, reason);
}

/** One of a closed set of words. */
export function oneOf<const W extends string>(value: string, name: string, words: readonly W[]): W {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const reason = `Specified parameter ${name} is not valid: ${value.slice(0, 64)} is none of ${words.join(', ')}.`;
  throw new RpcError(`InvalidParameter.${name}`, reason);
}
