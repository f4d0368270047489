import { DomainError } from '../errors.ts';
import type { ObjectService } from '../objects/object-service.ts';
import type { ObjectRow } from '../ports/object-records.ts';
import type { CountQuery, SelectEngine, SelectEvent, SelectQuery } from '../ports/select-engine.ts';

/** Statements over the rows of one object. Whoever calls has made sure that its reader may read it. */
export class SelectService {
  #objects: ObjectService;
  #engine: SelectEngine;
  constructor(dependencies: { objects: ObjectService; engine: SelectEngine }) {
    this.#objects = dependencies.objects;
    this.#engine = dependencies.engine;
  }

  /** Rejects when the object cannot be read or the statement is refused before its first row; see `SelectEngine`. */
  async run(
    object: ObjectRow,
    query: SelectQuery | CountQuery,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<SelectEvent, void, undefined>> {
    const part = 'bytes' in query ? query.bytes : undefined;
    if (part && part.first >= object.size) throw new DomainError('RangeNotSatisfiable', { size: object.size });
    const offset = part?.offset ?? 0;
    const range = offset === 0 ? undefined : { offset, length: object.size - offset };
    return this.#engine.run(query, await this.#objects.read(object, range, signal), signal);
  }
}
