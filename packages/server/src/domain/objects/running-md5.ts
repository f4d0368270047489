import { ResumableMd5 } from './resumable-md5.ts';

/** The MD5 of parts that come one after the other, on its way through one of them. */
export class RunningMd5 {
  #before: string;
  #md5: ResumableMd5;

  /** Goes on from what was saved after the part before; the first has none. */
  constructor(before: string | undefined) {
    this.#before = before ?? '';
    this.#md5 = new ResumableMd5(before);
  }

  /** Passes the part's bytes on. */
  async *over(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of bytes) {
      this.#md5.update(chunk);
      yield chunk;
    }
  }

  saved(): { before: string; after: string } {
    return { before: this.#before, after: this.#md5.save() };
  }
}
