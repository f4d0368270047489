/** A reporter for `node --test` that writes only the counts, for scripts/test.mjs to add up. */
export default async function* tally(events) {
  for await (const { type, data } of events) {
    // Without a file: the summary of the whole run.
    if (type === 'test:summary' && data.file === undefined) yield JSON.stringify(data.counts);
  }
}
