import { flag, optional, text } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';
import type { Acknowledged, Answer } from './answer.ts';

export interface WireAccount {
  LogEnabled: boolean;
  MessageTraceEnabled: boolean;
  ProjectName?: string;
  LogStoreName?: string;
}

export const getAccountAttributes = rpcOperation<Answer<WireAccount>>()({
  name: 'GetAccountAttributes',
  action: 'mns:GetAccountAttributes',
  resource: '/',
  input: {},
});

export const setAccountAttributes = rpcOperation<Acknowledged>()({
  name: 'SetAccountAttributes',
  action: 'mns:SetAccountAttributes',
  resource: '/',
  input: {
    LogEnabled: optional(flag),
    MessageTraceEnabled: optional(flag),
    ProjectName: optional(text),
    LogStoreName: optional(text),
    ClientToken: optional(text),
  },
});
