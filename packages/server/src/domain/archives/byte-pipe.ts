/** A pipe between a library that writes streams and whoever reads chunks. */
export interface BytePipe {
  writable: WritableStream<Uint8Array>;
  readable: ReadableStream<Uint8Array>;
  /** Ends both sides with an error, whoever holds them. */
  fail(error: unknown): void;
}

export function bytePipe(): BytePipe {
  const { promise, resolve } = Promise.withResolvers<TransformStreamDefaultController<Uint8Array>>();
  const pipe = new TransformStream<Uint8Array, Uint8Array>({ start: resolve });
  return {
    ...{ writable: pipe.writable, readable: pipe.readable },
    fail: (error) => void promise.then((held) => held.error(error)),
  };
}
