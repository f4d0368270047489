import { operation } from './operation.ts';
import { count, document, flag, int, optional, required, struct, text } from './shape.ts';

export const getAccountAttributes = operation({
  name: 'GetAccountAttributes',
  method: 'GET',
  path: '/',
  select: { accountmeta: 'true' },
  summary: 'Read where the account logs to.',
  action: 'mns:GetAccountAttributes',
  fields: {},
  success: {
    status: 200,
    body: document(
      'Account',
      // The Python client needs the first, the Java client reads the second as a number.
      struct({ loggingBucket: required('LoggingBucket', text()), traceEnabled: required('TraceEnabled', count) }),
    ),
  },
  errors: [],
});

export const setAccountAttributes = operation({
  name: 'SetAccountAttributes',
  method: 'PUT',
  path: '/',
  select: { accountmeta: 'true' },
  summary: 'Change where the account logs to; what is left out keeps its value.',
  action: 'mns:SetAccountAttributes',
  fields: {},
  request: {
    ...document(
      'Account',
      struct({
        loggingBucket: optional('LoggingBucket', text(0, 63)),
        traceEnabled: optional('TraceEnabled', traceFlag()),
      }),
    ),
    optional: true,
  },
  success: { status: 204 },
  errors: ['InvalidArgument', 'MalformedXML'],
});

/** 0 or 1; some write it as a word. */
function traceFlag() {
  const number = int(0, 1);
  return {
    ...number,
    read: (node: Parameters<typeof number.read>[0]): number =>
      /^\s*(?:true|false)\s*$/i.test(node.text) ? Number(flag.read(node)) : number.read(node),
  };
}

export const getAccountId = operation({
  name: 'GetAccountId',
  method: 'GET',
  path: '/',
  select: { account: '*' },
  summary: 'Read the number of the account.',
  action: 'mns:GetAccountAttributes',
  fields: {},
  success: { status: 200, body: document('Account', struct({ accountId: required('AccountId', text()) })) },
  errors: [],
});

export const openService = operation({
  name: 'OpenService',
  method: 'POST',
  path: '/commonbuy/openservice',
  summary: 'Activate the service for the account, which is active here from the start.',
  action: 'mns:OpenService',
  fields: {},
  success: { status: 200, body: document('OpenService', struct({ orderId: required('OrderId', text()) })) },
  errors: [],
});
