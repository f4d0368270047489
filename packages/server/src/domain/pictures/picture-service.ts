import type { KnownPrincipal, Principal } from '../access/principal.ts';
import { outputBody } from '../media/output-body.ts';
import type { BoardJob, FoundCode, PictureBoard } from '../ports/picture-board.ts';
import type { ProjectTaskService } from '../projects/project-task-service.ts';
import type { Place } from '../projects/task-files.ts';

type MosaicJob = Extract<BoardJob, { type: 'mosaic' }>;

/** A client waits no longer. */
const WAIT_MS = 60_000;

/** What is done with a picture while its client waits, and no process string says. */
export class PictureService {
  #board: PictureBoard;
  #works: Pick<ProjectTaskService, 'files'>;
  constructor(dependencies: { board: PictureBoard; works: Pick<ProjectTaskService, 'files'> }) {
    this.#board = dependencies.board;
    this.#works = dependencies.works;
  }

  /** Every code that can be read in a picture. Throws `AccessDenied`, `ObjectMissing`, and what engines refuse. */
  async codes(principal: Principal & KnownPrincipal, source: Place): Promise<FoundCode[]> {
    const signal = AbortSignal.timeout(WAIT_MS);
    await using files = this.#works.files(principal, signal);
    const pictures = await files.pictures([source]);
    return (await this.#board.run({ type: 'codes' }, pictures, { signal })).codes;
  }

  /** Stores a picture with parts made unrecognisable. Throws what `codes` throws, and what storing does. */
  async mosaic(
    principal: Principal & KnownPrincipal,
    { source, target, ...job }: { source: Place; target: Place } & Omit<MosaicJob, 'type'>,
  ): Promise<void> {
    const signal = AbortSignal.timeout(WAIT_MS);
    await using files = this.#works.files(principal, signal);
    await files.mayWrite(target);
    const pictures = await files.pictures([source]);
    await this.#board.run({ type: 'mosaic', ...job }, pictures, {
      signal,
      emit: async (output) => files.write(target, output.contentType, await outputBody(output)),
    });
  }
}
