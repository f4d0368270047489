import {
  declarationOf,
  decode,
  encodeBase64,
  mediaOperations,
  type OperationDeclaration,
  type Parameter,
  type ParameterSet,
  ProcessError,
} from '@millrace/process';

type Declared = (typeof mediaOperations)[number];
type Family = Declared['name'] extends `${infer F}/${string}` ? F : never;

type Value<P> = P extends Parameter<infer V, infer _> ? V : never;
type Required<S> = { [N in keyof S]: S[N] extends Parameter<infer _, 'required'> ? N : never }[keyof S];
/** Parameters as they are written: those with a default may be left out. */
type Written<S> = { [N in Required<S>]: Value<S[N]> } & { [N in Exclude<keyof S, Required<S>>]?: Value<S[N]> };
type Arguments<S, P> = keyof P extends never ? Plain<S> : [parameters: Written<S>, pieces: Pieces<P>];
/** What stands before and after, in order: `{ pre: [{ o: 'intro.mp4' }], sur: [] }`. */
type Pieces<P> = { [N in keyof P]?: readonly Written<P[N]>[] };
type Plain<S> = keyof S extends never
  ? []
  : keyof S extends 'value'
    ? [value: S extends { value: infer P } ? Value<P> : never]
    : object extends Written<S>
      ? [parameters?: Written<S>]
      : [parameters: Written<S>];

type Camel<T extends string> = T extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : T;

/** One method for each operation of a family in the catalogue. */
type Operations<F extends Family> = {
  [D in Declared as D['name'] extends `${F}/${infer A}` ? Camel<A> : never]: (
    ...given: Arguments<D['params'], D['parts']>
  ) => ProcessBuilder<F>;
};

interface Ends<F extends Family> {
  /** Stores the result as an object. */
  saveAs(bucket: string, key: string): ProcessBuilder<F>;
  /** Announces the end of an asynchronous task to a topic. */
  notify(topic: string): ProcessBuilder<F>;
  /** Does it only where the object that is asked for does not exist. */
  ifMissing(): ProcessBuilder<F>;
  /** The process string. Throws `ProcessError` for what no server would take. */
  toString(): string;
}

/** Writes a process string step by step; each step gives a new builder. */
export type ProcessBuilder<F extends Family> = Operations<F> & Ends<F>;

interface State {
  family: string;
  operations: readonly string[];
  save?: { bucket: string; key: string };
  topic?: string;
  ifMissing?: boolean;
}

const methods = new Map<string, Map<string, OperationDeclaration>>();
for (const declaration of mediaOperations as readonly OperationDeclaration[]) {
  const [family = '', action = ''] = declaration.name.split('/');
  const name = action.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const known = methods.get(family) ?? new Map<string, OperationDeclaration>();
  methods.set(family, known.set(name, declaration));
}

function builder<F extends Family>(state: State): ProcessBuilder<F> {
  const made: Record<string, unknown> = {
    saveAs: (bucket: string, key: string) => builder({ ...state, save: { bucket, key } }),
    notify: (topic: string) => builder({ ...state, topic }),
    ifMissing: () => builder({ ...state, ifMissing: true }),
    toString: () => write(state),
  };
  for (const [name, declaration] of methods.get(state.family) ?? []) {
    made[name] = (given?: unknown, pieces: Record<string, readonly unknown[]> = {}) => {
      const behind = Object.entries(pieces).flatMap(([part, list]) => {
        const params = declaration.parts[part];
        if (!params) throw refused(declaration.name, part, part, `It has ${Object.keys(declaration.parts)}.`);
        return list.map((one) => writeAction(declaration.name, part, params, one));
      });
      const action = declaration.name.slice(declaration.name.indexOf('/') + 1);
      const written = [writeAction(declaration.name, action, declaration.params, given), ...behind].join('/');
      return builder({ ...state, operations: [...state.operations, written] });
    };
  }
  return made as ProcessBuilder<F>;
}

const refused = (operation: string, parameter: string, value: unknown, reason: string): ProcessError =>
  new ProcessError({ kind: 'invalid', operation, parameter, value: String(value), reason });

/** `name,key_value,…`, each value checked by its declaration. */
function writeAction(operation: string, action: string, params: ParameterSet, given: unknown): string {
  const bare = 'value' in params && (typeof given !== 'object' || given === null);
  const values = (bare ? { value: given } : (given ?? {})) as Record<string, unknown>;
  const written = Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const parameter = params[key];
    if (!parameter) {
      const known = Object.keys(params).join(', ') || 'no parameters';
      throw refused(operation, key, value, `${operation} takes ${known}.`);
    }
    const text = parameter.type.write(value);
    const reading = parameter.type.read(text);
    if ('reason' in reading) throw refused(operation, key, value, reading.reason);
    return [key === 'value' ? text : `${key}_${text}`];
  });
  return [action, ...written].join(',');
}

function write({ family, operations, save, topic, ifMissing }: State): string {
  const work = `${family}/${operations.join('/')}`;
  const ends: string[] = [];
  if (save) ends.push(`saveas,o_${encodeBase64(save.key)},b_${encodeBase64(save.bucket)}`);
  if (topic !== undefined) ends.push(`notify,topic_${encodeBase64(topic)}`);
  const text = ends.length === 0 ? work : `${work}|sys/${ends.join('/')}`;
  const asynchronous =
    topic !== undefined || operations.some((one) => declarationOf(`${family}/${one.split(',')[0]}`)?.door === 'async');
  decode(text, asynchronous ? 'async' : 'sync');
  return ifMissing ? `if_status_eq_404{${text}}` : text;
}

/** Begins work on a picture: `image().resize({ m: 'fill', w: 100, h: 100 }).format('webp')`. */
export const image = (): ProcessBuilder<'image'> => builder({ family: 'image', operations: [] });
/** Begins work on a video. */
export const video = (): ProcessBuilder<'video'> => builder({ family: 'video', operations: [] });
/** Begins work on a sound. */
export const audio = (): ProcessBuilder<'audio'> => builder({ family: 'audio', operations: [] });
/** Begins work on a document. */
export const doc = (): ProcessBuilder<'doc'> => builder({ family: 'doc', operations: [] });
/** Begins work on a playlist whose segments are made when they are asked for. */
export const hls = (): ProcessBuilder<'hls'> => builder({ family: 'hls', operations: [] });

/** What a style does that the bucket keeps: `style/NAME`. */
export function style(name: string): string {
  if (!/^[\w.-]{1,63}$/.test(name)) {
    throw refused('style/', 'name', name, 'A name has 1 to 63 letters, digits, _, - and dots.');
  }
  return `style/${name}`;
}
