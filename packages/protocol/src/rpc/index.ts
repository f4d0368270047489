export { xmlAnswer } from './answer.ts';
export { RpcError, type RpcErrorCode, type RpcErrorFamily } from './errors.ts';
export { type RpcFields, type RpcValues, readFields } from './field.ts';
export {
  type RpcInputOf,
  type RpcOperation,
  type RpcResultOf,
  type RpcService,
  resourcesOf,
} from './operation.ts';
export {
  ACS3,
  ACS3_REQUIRED,
  type Acs3Authorization,
  canonicalRequestAcs3,
  parseAcs3,
  percentEncode,
  stringToSignAcs3,
  stringToSignV1,
} from './signature.ts';
