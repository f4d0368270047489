import type { InputOf, ResultOf, receiveMessage, sendMessage } from '@millrace/protocol/mns';
import type { MessageProperty, MessageTraits } from '../domain/ports/queue-records.ts';

type WireProperties = Pick<
  InputOf<typeof sendMessage>['body'],
  'userProperties' | 'systemProperties' | 'messageGroupId'
>;
type WireProperty = NonNullable<WireProperties['userProperties']>['values'][number];

const property = ({ name, value, type }: WireProperty): MessageProperty => ({ name, value, type: type ?? 'STRING' });

/** What a sender put beside the body; undefined for nothing. */
export function traitsOf({
  userProperties,
  systemProperties,
  messageGroupId,
}: WireProperties): MessageTraits | undefined {
  const user = userProperties?.values.map(property) ?? [];
  const system = systemProperties?.values.map(property) ?? [];
  if (user.length === 0 && system.length === 0 && messageGroupId === undefined) return undefined;
  return {
    ...(user.length === 0 ? {} : { user }),
    ...(system.length === 0 ? {} : { system }),
    ...(messageGroupId === undefined ? {} : { group: messageGroupId }),
  };
}

/** The same for a receiver. */
export function wireProperties({
  user,
  system,
  group,
}: MessageTraits): Pick<ResultOf<typeof receiveMessage>, keyof WireProperties> {
  return {
    ...(user === undefined ? {} : { userProperties: { values: [...user] } }),
    ...(system === undefined ? {} : { systemProperties: { values: [...system] } }),
    ...(group === undefined ? {} : { messageGroupId: group }),
  };
}
