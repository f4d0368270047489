import { RpcError } from '@millrace/protocol/rpc';

/** Takes `oss://bucket/key` apart. What is wrong with bucket or key is for whoever uses them to say. */
export function ossUri(uri: string, parameter: string): { bucket: string; key: string } {
  const [, bucket, key] = /^oss:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key };
  const reason = `The specified ${parameter} is not valid: it is written oss://BUCKET/KEY.`;
  throw new RpcError(`InvalidParameter.${parameter}`, reason);
}

/** A text as part of a target name, in which braces stand for themselves. */
export const literal = (text: string): string => text.replace(/[{}]/g, '$&$&');
