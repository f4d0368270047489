import { oneOf, optional, repeated, required, struct, text } from './shape.ts';

const property = struct({
  name: required('Name', text(1)),
  value: required('Value', text()),
  type: optional('Type', oneOf('STRING', 'NUMBER', 'BOOLEAN', 'BINARY')),
});

/** What stands beside the body of a message, when it is sent and when it is received. */
export const messageProperties = {
  userProperties: optional('UserProperties', struct({ values: repeated('PropertyValue', property) })),
  systemProperties: optional('SystemProperties', struct({ values: repeated('SystemPropertyValue', property) })),
  messageGroupId: optional('MessageGroupId', text(1, 128)),
};
