import type { OperationNamed, Process } from '@millrace/process';
import type { AccessService } from '../access/access-service.ts';
import type { KnownPrincipal, Principal } from '../access/principal.ts';
import { DomainError } from '../errors.ts';
import type { LivePlaylists } from './live-playlist.ts';
import type { MediaObjects } from './media-objects.ts';
import type { ProcessRequest } from './process-service.ts';
import { readProcess, saveasFault } from './process-text.ts';

/** Playlists as they are asked for, by process string or without: asks for every right, then has them made. */
export class PlaylistRequests {
  #access: AccessService;
  #touched: MediaObjects;
  #playlists: LivePlaylists;

  constructor(dependencies: { access: AccessService; touched: MediaObjects; playlists: LivePlaylists }) {
    this.#access = dependencies.access;
    this.#touched = dependencies.touched;
    this.#playlists = dependencies.playlists;
  }

  /** Stores the playlist that a process string describes. The rights to the source that a string takes were checked. */
  async save(
    request: ProcessRequest & { signal: AbortSignal },
    params: OperationNamed<'hls/m3u8'>['params'],
    save: NonNullable<Process['save']>,
  ): Promise<{ bucket: string; key: string; fileSize: number; status: 'OK' }> {
    const { principal, bucket, signal } = request;
    await this.#access.require(principal, 'oss:ProcessImm', { bucket, key: request.key });
    await this.#touched.projectOf(bucket);
    const key = this.#playlists.keyOf(save.key);
    const target = await this.#touched.target(principal, bucket, save.bucket, key);
    // Segments are made later, by the right that is asked for now.
    await this.#access.require(principal, 'oss:PutObject', { bucket: target, key: `${key.slice(0, -5)}-*` });
    const source = { bucket, row: await this.#touched.source(principal, request) };
    const forbidOverwrite = await this.#touched.forbidsOverwrite(principal, target, key);
    const { size } = await this.#playlists.store({ source, target, key, params, forbidOverwrite, signal });
    return { bucket: save.bucket ?? '', key, fileSize: size, status: 'OK' };
  }

  /** Stores a playlist of a source that is described without a process string. Throws what `save` throws. */
  async store(request: {
    principal: Principal & KnownPrincipal;
    source: { bucket: string; key: string };
    target: { bucket: string; key: string };
    operation: string;
    signal: AbortSignal;
  }): Promise<{ key: string; token: string; lengthMs: number }> {
    const { principal, signal } = request;
    const [[operation] = []] = readProcess(request.operation, 'sync').stages;
    if (operation?.name !== 'hls/m3u8') throw saveasFault(request.operation, 'It is no playlist.');
    const bucket = await this.#touched.bucket(request.source.bucket);
    const { key } = request.source;
    await this.#access.require(principal, 'oss:GetObject', { bucket, key });
    const name = this.#playlists.keyOf(request.target.key);
    const target = await this.#touched.target(principal, bucket, request.target.bucket, name);
    await this.#access.require(principal, 'oss:PutObject', { bucket: target, key: `${name.slice(0, -5)}-*` });
    const source = { bucket, row: await this.#touched.source(principal, { bucket, key }) };
    const forbidOverwrite = await this.#touched.forbidsOverwrite(principal, target, name);
    const { params } = operation;
    const made = await this.#playlists.store({ source, target, key: name, params, forbidOverwrite, signal });
    return { key: name, ...made };
  }

  /** Throws `ObjectMissing` where nothing says how to make it. The right to read it was checked. */
  async fill({ bucket, key, process }: ProcessRequest): Promise<void> {
    const [[operation] = []] = readProcess(process, 'sync').stages;
    if (operation?.name !== 'hls/ts') {
      const reason = 'Only hls/ts can be done where an object is missing.';
      throw new DomainError('ProcessInvalid', { operation: process, parameter: 'process', value: process, reason });
    }
    await this.#playlists.fill(bucket, key, operation.params.from);
  }
}
