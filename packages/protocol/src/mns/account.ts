import { operation } from './operation.ts';

export const getAccountAttributes = operation({
  name: 'GetAccountAttributes',
  method: 'GET',
  path: '/',
  select: { accountmeta: 'true' },
  summary: 'Read where the account logs to.',
  action: 'mns:GetAccountAttributes',
  fields: {},
  success: { status: 200 },
  errors: ['NotImplemented'],
});

export const setAccountAttributes = operation({
  name: 'SetAccountAttributes',
  method: 'PUT',
  path: '/',
  select: { accountmeta: 'true' },
  summary: 'Change where the account logs to.',
  action: 'mns:SetAccountAttributes',
  fields: {},
  success: { status: 204 },
  errors: ['NotImplemented'],
});

export const getAccountId = operation({
  name: 'GetAccountId',
  method: 'GET',
  path: '/',
  select: { account: '*' },
  summary: 'Read the number of the account.',
  action: 'mns:GetAccountAttributes',
  fields: {},
  success: { status: 200 },
  errors: ['NotImplemented'],
});

export const openService = operation({
  name: 'OpenService',
  method: 'POST',
  path: '/commonbuy/openservice',
  summary: 'Activate the service for the account.',
  action: 'mns:OpenService',
  fields: {},
  success: { status: 200 },
  errors: ['NotImplemented'],
});
