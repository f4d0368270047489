/** Reads items before they are taken, up to `most`, so that what is to come is known early; `seen` is told of each. */
export async function* ahead<T>(items: AsyncIterable<T>, most: number, seen: (item: T) => void): AsyncGenerator<T> {
  let held: T[] = [];
  let ended: { error?: unknown } | undefined;
  let left = false;
  let changed = Promise.withResolvers<void>();
  const change = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const reading = (async () => {
    for await (const item of items) {
      seen(item);
      held.push(item);
      change();
      while (held.length >= most && !left) await changed.promise;
      if (left) return;
    }
  })().then(
    () => {
      ended = {};
      change();
    },
    (error) => {
      ended = { error };
      change();
    },
  );
  try {
    for (;;) {
      while (held.length === 0 && !ended) await changed.promise;
      if (held.length === 0) break;
      const taken = held;
      held = [];
      change();
      yield* taken;
    }
    if (ended && 'error' in ended) throw ended.error;
  } finally {
    left = true;
    change();
    await reading;
  }
}

/** Works on several items at once; the first error that is thrown ends all, once those under way have ended. */
export async function atOnce<T>(
  items: AsyncIterable<T>,
  count: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let failed: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    try {
      while (!failed) {
        const { done, value } = await iterator.next();
        if (done) return;
        await work(value);
      }
    } catch (error) {
      failed ??= { error };
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, count) }, worker));
  await iterator.return?.();
  if (failed) throw failed.error;
}
