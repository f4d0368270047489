import { readFile, stat } from 'node:fs/promises';
import type { Operation } from '@millrace/process';
import type { KnownPrincipal, Principal } from '../access/principal.ts';
import { DomainError } from '../errors.ts';
import type { MediaEngine } from '../ports/media-engine.ts';
import type { ProjectTaskService } from '../projects/project-task-service.ts';
import type { Place } from '../projects/task-files.ts';
import { checkDocument } from './document-source.ts';

/** "2 MB at most." */
const MOST_TEXT_BYTES = 2 * 1024 * 1024;
const WAIT_MS = 60_000;

/** The text of documents, while somebody waits for it. */
export class DocumentText {
  #engine: MediaEngine;
  #works: Pick<ProjectTaskService, 'files'>;
  #mostBytes: number;
  constructor(dependencies: { engine: MediaEngine; works: Pick<ProjectTaskService, 'files'>; documentBytes: number }) {
    this.#engine = dependencies.engine;
    this.#works = dependencies.works;
    this.#mostBytes = dependencies.documentBytes;
  }

  /** Throws `AccessDenied`, `ObjectMissing`, `ProcessInvalid`, and what engines refuse. */
  async of(principal: Principal & KnownPrincipal, place: Place, operation: Operation): Promise<string> {
    const signal = AbortSignal.timeout(WAIT_MS);
    await using files = this.#works.files(principal, signal);
    const source = await files.source(place);
    const checked = checkDocument(operation, { key: place.key, size: source.size }, this.#mostBytes);
    let text = '';
    await this.#engine.run({
      ...{ source, operations: [checked], document: { wholeText: true }, signal },
      async emit({ body }) {
        await source.verified();
        const size = 'bytes' in body ? body.bytes.byteLength : (await stat(body.path)).size;
        if (size > MOST_TEXT_BYTES) {
          const reason = `The text has ${size} bytes; at most ${MOST_TEXT_BYTES} are answered.`;
          throw new DomainError('MediaTooLarge', { limit: 'result size', reason });
        }
        text = Buffer.from('bytes' in body ? body.bytes : await readFile(body.path)).toString('utf8');
      },
    });
    return text;
  }
}
