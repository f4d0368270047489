import type { Level, Operation } from '@millrace/protocol/oss';
import type { Address } from './address.ts';
import { OssError } from './oss-error.ts';

type Condition = (query: ReadonlyMap<string, string>, headers: Headers) => boolean;
type Headers = Readonly<Record<string, string | undefined>>;

interface Candidate {
  operation: Operation;
  conditions: Condition[];
  /** Query parameters that it knows. */
  knows: ReadonlySet<string>;
}

/** Finds the operation that a request means, in a closed list. */
export class Dispatch {
  #candidates = new Map<string, Candidate[]>();
  /**
   * Query parameters that mean some operation: one that the operation found does not know must not be passed over.
   * Reads look only at those of their own level, where `style` or `action` is a word like any other: `GET /key?action=x`
   * is an ordinary read. `DELETE /key?lifecycle` is no ordinary deletion, though.
   */
  #selectors = new Set<string>();
  #selectorsAt: Readonly<Record<Level, Set<string>>> = { service: new Set(), bucket: new Set(), object: new Set() };

  /** Throws when two operations cannot be told apart: a fault in the declarations. */
  constructor(operations: readonly Operation[]) {
    const seen = new Map<string, string>();
    for (const operation of operations) {
      const selectors = operation.select.filter((condition) => !condition.startsWith('@')).map(parameterOf);
      for (const name of selectors) {
        this.#selectors.add(name);
        this.#selectorsAt[operation.level].add(name);
      }
      const parameters = Object.values(operation.input).flatMap((f) => (f.place === 'query' ? [f.wireName] : []));
      const candidate: Candidate = {
        operation,
        conditions: operation.select.map(compile),
        knows: new Set([...selectors, ...parameters]),
      };
      for (const method of operation.methods) {
        const slot = `${method} ${operation.level}`;
        const identity = `${slot} ${[...operation.select].sort().join(' ')}`;
        const other = seen.get(identity);
        if (other !== undefined) throw new Error(`${operation.name} and ${other} are selected by the same request.`);
        seen.set(identity, operation.name);
        const list = this.#candidates.get(slot) ?? [];
        list.push(candidate);
        list.sort((a, b) => b.conditions.length - a.conditions.length);
        this.#candidates.set(slot, list);
      }
    }
  }

  find(method: string, address: Address, query: ReadonlyMap<string, string>, headers: Headers): Operation {
    const level = levelOf(address);
    const selectors = method === 'GET' || method === 'HEAD' ? this.#selectorsAt[level] : this.#selectors;
    for (const { operation, conditions, knows } of this.#candidates.get(`${method} ${level}`) ?? []) {
      if (!conditions.every((holds) => holds(query, headers))) continue;
      if (query.size > 0 && !knowsAll(knows, selectors, query)) break;
      return operation;
    }
    const resource = resourceType(level, query, selectors);
    // What is posted to a bucket without a word is a form, or should have been one.
    if (method === 'POST' && resource === 'bucket') throw new OssError('RequestIsNotMultiPartContent');
    throw new OssError('MethodNotAllowed', { elements: { Method: method, ResourceType: resource } });
  }
}

/** `DELETE /key?acl` must not be taken for `DELETE /key`. */
function knowsAll(
  known: ReadonlySet<string>,
  selectors: ReadonlySet<string>,
  query: ReadonlyMap<string, string>,
): boolean {
  for (const name of query.keys()) if (selectors.has(name) && !known.has(name)) return false;
  return true;
}

function levelOf(address: Address): Level {
  if (address.bucket === undefined) return 'service';
  return address.key === '' ? 'bucket' : 'object';
}

const parameterOf = (condition: string): string => condition.split('=', 1)[0] ?? condition;

function compile(condition: string): Condition {
  const inHeader = condition.startsWith('@');
  const name = parameterOf(inHeader ? condition.slice(1) : condition);
  const equals = condition.indexOf('=');
  const value = equals < 0 ? undefined : condition.slice(equals + 1);
  if (inHeader) {
    return (_query, headers) =>
      value === undefined ? headers[name] !== undefined : (headers[name]?.startsWith(value) ?? false);
  }
  return (query) => (value === undefined ? query.has(name) : query.get(name) === value);
}

function resourceType(level: Level, query: ReadonlyMap<string, string>, selectors: ReadonlySet<string>): string {
  for (const name of query.keys()) if (selectors.has(name)) return name;
  return level;
}
