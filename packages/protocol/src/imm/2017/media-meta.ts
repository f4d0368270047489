import { required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';

/** Sizes, bit rates and times are texts in this version. */
export const getMediaMeta = rpcOperation<{ MediaUri: string; MediaMeta: object }>()({
  name: 'GetMediaMeta',
  action: 'imm:GetMediaMeta',
  resource: 'project/{Project}',
  input: { Project: required(text), MediaUri: required(text) },
});
