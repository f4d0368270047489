import { DomainError } from '../errors.ts';
import type { MessageProperty, MessageTraits } from '../ports/queue-records.ts';

const MOST_PROPERTIES = 50;
const LONGEST_NAME = 256;
const LONGEST_VALUE = 4096;

/** The Java client takes no other in an answer. Those of dead letters are the service's to set. */
const SYSTEM_NAMES: readonly string[] = ['traceparent', 'tracestate', 'baggage'];

/** "Letters, digits, `_`, `-` and `.`, which neither begins nor ends it, nor comes twice in a row." */
const PROPERTY_NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

const bytes = (text: string): number => Buffer.byteLength(text, 'utf8');

/** What properties add to the size of a message: "they count toward it". */
export function traitsSize({ user = [], system = [] }: MessageTraits): number {
  let size = 0;
  for (const { name, value, type } of user) size += bytes(name) + bytes(value) + bytes(type);
  for (const { name, value, type } of system) size += bytes(name) + bytes(value) + bytes(type);
  return size;
}

/** What is wrong with the properties of a message, or undefined. */
export function traitsFault({
  user = [],
  system = [],
  group,
}: MessageTraits): DomainError<'InvalidArgument'> | undefined {
  if (user.length > MOST_PROPERTIES) {
    return fault('UserProperties', String(user.length), `A message should have at most ${MOST_PROPERTIES} of them.`);
  }
  const stranger = system.find(({ name }) => !SYSTEM_NAMES.includes(name));
  if (stranger !== undefined) {
    return fault('SystemProperties', stranger.name, `A name should be one of ${SYSTEM_NAMES.join(', ')}.`);
  }
  if (group !== undefined && bytes(group) > 128) {
    return fault('MessageGroupId', group.slice(0, 40), 'It should have at most 128 bytes.');
  }
  return propertiesFault('UserProperties', user) ?? propertiesFault('SystemProperties', system);
}

function propertiesFault(
  element: string,
  properties: readonly MessageProperty[],
): DomainError<'InvalidArgument'> | undefined {
  const seen = new Set<string>();
  for (const { name, value, type } of properties) {
    if (name.length > LONGEST_NAME || !PROPERTY_NAME.test(name)) {
      const rule = `A name should be 1 to ${LONGEST_NAME} letters, digits, "_", "-" and "." between others.`;
      return fault(element, name.slice(0, 40), rule);
    }
    if (seen.has(name)) return fault(element, name, 'A name should be there once.');
    seen.add(name);
    if (value === '' || bytes(value) > LONGEST_VALUE) {
      return fault(element, name, `A value should have 1 to ${LONGEST_VALUE} bytes.`);
    }
    if (type === 'NUMBER' && !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(value)) {
      return fault(element, name, 'A value of type NUMBER should be a number.');
    }
    if (type === 'BOOLEAN' && !/^(?:true|false)$/i.test(value)) {
      return fault(element, name, 'A value of type BOOLEAN should be true or false.');
    }
    if (type === 'BINARY' && !isBase64(value)) {
      return fault(element, name, 'A value of type BINARY should be base64.');
    }
  }
  return undefined;
}

const isBase64 = (text: string): boolean =>
  text.length % 4 === 0 &&
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) &&
  Buffer.from(text, 'base64').toString('base64') === text;

function fault(name: string, value: string, rule: string): DomainError<'InvalidArgument'> {
  return new DomainError('InvalidArgument', { name, value, reason: `${name} is not valid (${value}). ${rule}` });
}

/** Says of a dead letter where it came from; what it brought along stays. */
export function deadLetterTraits(
  traits: MessageTraits,
  source: { type: 'QUEUE' | 'TOPIC'; resource: string; messageId: string },
): MessageTraits {
  const text = (name: string, value: string): MessageProperty => ({ name, value, type: 'STRING' });
  const others = (traits.system ?? []).filter(({ name }) => !name.startsWith('DLQ'));
  return {
    ...traits,
    system: [
      ...others,
      text('DLQMessageType', source.type),
      text('DLQSourceArn', source.resource),
      text('DLQOriginMessageId', source.messageId),
    ],
  };
}
