import { RpcError } from '../rpc/errors.ts';
import { optional, type RpcCodec } from '../rpc/field.ts';
import { aFlag, aNumber, aText, json, listOf, members } from '../rpc/json.ts';

/** A whole number from `low` to `high`. */
export const within = (low: number, high: number): RpcCodec<number> => ({
  read(value, name) {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= low && number <= high) return number;
    throw new RpcError(`InvalidParameter.${name}`, `The parameter ${name} must be a whole number, ${low} to ${high}.`);
  },
});

/** A list of texts without commas, which the vendor's clients join with commas and others write as JSON. */
export const texts = (most: number): RpcCodec<string[]> => {
  const asJson = json(listOf(aText, most));
  return {
    structured: true,
    read: (given, name) =>
      asJson.read(given.trimStart().startsWith('[') ? given : JSON.stringify(given.split(',')), name),
  };
};

/** The same as on the data plane: "letters, digits and hyphens, beginning with a letter or digit". */
export const resourceName: RpcCodec<string> = {
  read(value, name) {
    if (/^[A-Za-z0-9][A-Za-z0-9-]{0,255}$/.test(value)) return value;
    const rule = 'it has 1 to 256 letters, digits and hyphens, and no hyphen at its beginning';
    throw new RpcError(`InvalidParameter.${name}`, `The parameter ${name} is not valid: ${rule}.`);
  },
};

const MOST_TAGS = 20;

/** Tags of what is made, or that are looked for. */
export const tags = optional(json(listOf(members({ Key: aText, Value: aText }), MOST_TAGS)));

export const queueDeadLetters = optional(
  json(members({ Enabled: aFlag, DeadLetterTargetQueue: aText, MaxReceiveCount: aNumber })),
);
export const subscriptionDeadLetters = optional(json(members({ Enabled: aFlag, DeadLetterTargetQueue: aText })));
export const receiveLimit = optional(json(members({ Enabled: aFlag, MaxReceivesPerSecond: aNumber })));

export const pages = { PageNum: optional(within(1, 1_000_000)), PageSize: optional(within(10, 50)) };
