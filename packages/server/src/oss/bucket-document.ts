import type { Fields, Operation, OssErrorCode, XmlField } from '@millrace/protocol/oss';
import type { BucketSettings, SettingName } from '../domain/settings/bucket-settings.ts';
import { type BucketCall, type Handler, handle } from './call.ts';
import { OssError } from './oss-error.ts';

/** How one document on the wire and one setting of the domain say the same. */
interface Spelling<N extends SettingName, T> {
  setting: N;
  /** What the document says. Checks everything its shape does not, and names the element to change. */
  read(document: T, call: BucketCall): BucketSettings[N] | Promise<BucketSettings[N]>;
  write(value: BucketSettings[N]): T;
  /** What a bucket without it is answered: an error of this code, or the document that stands for the default. */
  unset: OssErrorCode | T;
}

/** Put and get of a setting that is one document. */
export function documentHandlers<N extends SettingName, T extends object>(
  operations: {
    put: Operation<'bucket', { readonly body: XmlField<T> }>;
    get: Operation<'bucket', Fields, { readonly result: XmlField<T> }>;
  },
  { setting, read, write, unset }: Spelling<N, NoInfer<T>>,
): { put: Handler; get: Handler } {
  return {
    put: {
      operation: operations.put,
      async run(input, call) {
        // Decoded by the document of this very declaration.
        const value = await read(input.body as T, call);
        await call.settings.set(call.bucket, setting, value);
        return {};
      },
    },
    get: {
      operation: operations.get,
      async run(_input, call) {
        const value = await call.settings.get(call.bucket, setting);
        if (value !== undefined) return { result: write(value) };
        if (typeof unset === 'string') throw new OssError(unset, { elements: { BucketName: call.bucket.name } });
        return { result: unset };
      },
    },
  };
}

export function deleteHandler(operation: Operation<'bucket'>, setting: SettingName): Handler {
  return handle(operation, async (_input, call) => {
    await call.settings.unset(call.bucket, setting);
    return {};
  });
}
