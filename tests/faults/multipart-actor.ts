import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { oss } from '@millrace/testkit';
import { type Actor, accepted, type Stage } from './actor.ts';
import { type Content, ExpectedObjects } from './expected-objects.ts';
import { bytesOf, Dice } from './random.ts';

const PART = 100 * 1024;

/** Finished objects beyond these are deleted again, so that checks stay quick and released bytes are collected. */
const KEPT = 6;

type Piece = Content[number];

interface Upload {
  key: string;
  id: string;
  /** How many parts it is to have. */
  goal: number;
  /** By number: what the server acknowledged, and what else it may hold since a crash. */
  parts: Map<number, { acknowledged: Piece | undefined; sent: Piece[] }>;
  /** Whether its end was asked for without hearing the answer. */
  ending: 'complete' | 'abort' | undefined;
}

const etagOf = (piece: Piece) =>
  `"${createHash('md5').update(bytesOf(piece.seed, piece.size)).digest('hex').toUpperCase()}"`;

/** Uploads objects in parts, sends some parts twice, completes most uploads and aborts the rest. */
export class MultipartActor implements Actor {
  readonly name: string;
  #stage: Stage;
  #dice: Dice;
  #seed: number;
  #count = 0;
  #upload: Upload | undefined;
  #expected = new ExpectedObjects();

  constructor(stage: Stage, number: number, seed: number) {
    this.name = `multipart-${number}`;
    this.#stage = stage;
    this.#dice = new Dice(seed);
    this.#seed = seed;
  }

  async act(): Promise<void> {
    if (!this.#upload) return await this.#initiate();
    const upload = this.#upload;
    const missing = Array.from({ length: upload.goal }, (_, at) => at + 1).filter(
      (number) => !upload.parts.get(number)?.acknowledged,
    );
    const [next] = missing;
    if (next !== undefined) return await this.#sendPart(upload, next);
    if (this.#dice.next() < 0.2) return await this.#sendPart(upload, this.#dice.between(1, upload.goal));
    if (this.#dice.next() < 0.15) return await this.#abort(upload);
    await this.#complete(upload);
  }

  #request(upload: { key: string }, method: string, query: Record<string, string>, body?: Buffer | string) {
    return oss(this.#stage.server, {
      method,
      path: `/${this.#stage.bucket}/${upload.key}`,
      query,
      ...(body === undefined ? {} : { body }),
    });
  }

  async #initiate(): Promise<void> {
    const key = `${this.name}/${++this.#count}`;
    // When the answer is lost, so is the id: such an upload stays behind, harmless, as with any client.
    const answer = accepted(await this.#request({ key }, 'POST', { uploads: '' }, ''), 200);
    const id = /<UploadId>([^<]+)</.exec(answer.text)?.[1];
    assert.ok(id, answer.text);
    this.#upload = { key, id, goal: this.#dice.between(1, 4), parts: new Map(), ending: undefined };
  }

  async #sendPart(upload: Upload, number: number): Promise<void> {
    this.#seed = (this.#seed + 1) >>> 0;
    const piece = { seed: this.#seed, size: number === upload.goal ? this.#dice.between(1, PART) : PART };
    const part = upload.parts.get(number) ?? { acknowledged: undefined, sent: [] };
    upload.parts.set(number, part);
    part.sent.push(piece);
    const query = { partNumber: String(number), uploadId: upload.id };
    const answer = accepted(await this.#request(upload, 'PUT', query, bytesOf(piece.seed, piece.size)), 200);
    assert.equal(answer.headers.etag, etagOf(piece));
    part.acknowledged = piece;
    part.sent = [piece];
  }

  #content(upload: Upload): Content {
    return Array.from({ length: upload.goal }, (_, at) => {
      const piece = upload.parts.get(at + 1)?.acknowledged;
      assert.ok(piece);
      return piece;
    });
  }

  async #complete(upload: Upload): Promise<void> {
    const content = this.#content(upload);
    const listed = content.map(
      (piece, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etagOf(piece)}</ETag></Part>`,
    );
    upload.ending = 'complete';
    this.#expected.sending(upload.key, content);
    const body = `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`;
    accepted(await this.#request(upload, 'POST', { uploadId: upload.id }, body), 200);
    this.#expected.acknowledged(upload.key, content);
    this.#upload = undefined;
    await this.#deleteOldest();
  }

  async #abort(upload: Upload): Promise<void> {
    upload.ending = 'abort';
    accepted(await this.#request(upload, 'DELETE', { uploadId: upload.id }), 204);
    this.#upload = undefined;
  }

  async #deleteOldest(): Promise<void> {
    const there = this.#expected.keys().filter((key) => this.#expected.get(key) !== null);
    const [oldest] = there;
    if (there.length <= KEPT || oldest === undefined) return;
    this.#expected.sending(oldest, null);
    accepted(await oss(this.#stage.server, { method: 'DELETE', path: `/${this.#stage.bucket}/${oldest}` }), 204);
    this.#expected.acknowledged(oldest, null);
  }

  async check(): Promise<void> {
    const upload = this.#upload;
    if (upload) {
      const listed = await this.#request(upload, 'GET', { uploadId: upload.id });
      if (listed.status === 404) {
        assert.ok(upload.ending, `the upload of ${upload.key} is lost`);
        // Completed or aborted after all: then the object is there whole, or not at all.
        if (upload.ending === 'complete') {
          assert.notEqual(
            await this.#expected.check(this.#stage.server, this.#stage.bucket, upload.key),
            null,
            `${upload.key} is lost`,
          );
        }
        this.#upload = undefined;
      } else {
        accepted(listed, 200);
        this.#checkParts(upload, listed.text);
        if (upload.ending === 'complete') {
          assert.equal(
            await this.#expected.check(this.#stage.server, this.#stage.bucket, upload.key),
            null,
            `${upload.key} is there and its upload too`,
          );
        }
        upload.ending = undefined;
      }
    }
    await this.#expected.checkAll(this.#stage.server, this.#stage.bucket, `${this.name}/`);
  }

  /** Each acknowledged part must be there, and each that is there must be one that was sent, whole. */
  #checkParts(upload: Upload, xml: string): void {
    const listed = new Map<number, { etag: string; size: number }>();
    for (const [, part = ''] of xml.matchAll(/<Part>(.*?)<\/Part>/gs)) {
      const number = Number(/<PartNumber>(\d+)</.exec(part)?.[1]);
      const etag = /<ETag>([^<]+)</.exec(part)?.[1]?.replaceAll('&quot;', '"') ?? '';
      listed.set(number, { etag, size: Number(/<Size>(\d+)</.exec(part)?.[1]) });
    }
    for (const [number, part] of upload.parts) {
      const there = listed.get(number);
      if (!there) {
        assert.equal(part.acknowledged, undefined, `part ${number} of ${upload.key} is lost`);
        upload.parts.delete(number);
        continue;
      }
      const held = [part.acknowledged, ...part.sent].find((piece) => piece && etagOf(piece) === there.etag);
      assert.ok(held, `part ${number} of ${upload.key} is none that was sent`);
      assert.equal(there.size, held.size);
      part.acknowledged = held;
      part.sent = [held];
    }
  }
}
