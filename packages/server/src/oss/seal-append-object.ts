import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';

export const sealAppendObject = handle(served.SealAppendObject, async ({ key, position }, call) => ({
  sealedTime: await call.objects.seal(call.bucket, key, position),
}));
