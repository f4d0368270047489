import { required, word } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';
import type { Acknowledged, Answer } from './answer.ts';
import { texts } from './codecs.ts';

export interface WireEndpoint {
  EndpointEnabled: boolean;
  CidrList: { Cidr: string; AclStrategy: 'allow'; CreateTime: number }[];
}

/** "Only public is supported." */
const EndpointType = required(word('public'));
const resource = '/';

export const enableEndpoint = rpcOperation<Acknowledged>()({
  name: 'EnableEndpoint',
  action: 'mns:EnableEndpoint',
  resource,
  input: { EndpointType },
});

export const disableEndpoint = rpcOperation<Acknowledged>()({
  name: 'DisableEndpoint',
  action: 'mns:DisableEndpoint',
  resource,
  input: { EndpointType },
});

export const getEndpointAttribute = rpcOperation<Answer<WireEndpoint>>()({
  name: 'GetEndpointAttribute',
  action: 'mns:GetEndpointAttribute',
  resource,
  input: { EndpointType },
});

const networks = {
  EndpointType,
  /** "Only allow is supported." */
  AclStrategy: required(word('allow')),
  CidrList: required(texts(100)),
};

export const authorizeEndpointAcl = rpcOperation<Acknowledged>()({
  name: 'AuthorizeEndpointAcl',
  action: 'mns:AuthorizeEndpointAcl',
  resource,
  input: networks,
});

export const revokeEndpointAcl = rpcOperation<Acknowledged>()({
  name: 'RevokeEndpointAcl',
  action: 'mns:RevokeEndpointAcl',
  resource,
  input: networks,
});
