import { RpcError } from '../rpc/errors.ts';
import type { RpcCodec } from '../rpc/field.ts';

/** Whole numbers, also below 0, which stand for "all". */
export const wholeNumber: RpcCodec<number> = {
  read(value, name) {
    if (!/^-?\d{1,15}$/.test(value)) {
      throw new RpcError(
        `InvalidParameter.${name}`,
        `Specified parameter ${name} is not valid: it must be a whole number.`,
      );
    }
    return Number(value);
  },
};

/** One of a closed set of words, in any case. */
export const anyCase = <const W extends string>(...words: W[]): RpcCodec<W> => ({
  read(value, name) {
    const found = words.find((candidate) => candidate === value.toLowerCase());
    if (found !== undefined) return found;
    const reason = `Specified parameter ${name} is not valid: it must be one of ${words.join(', ')}.`;
    throw new RpcError(`InvalidParameter.${name}`, reason);
  },
});
