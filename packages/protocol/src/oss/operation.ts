import type { OssErrorCode } from './errors.ts';
import type { Field, Fields, ValuesOf } from './fields.ts';

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS';

/** What a request is about: the account, a bucket, or an object. */
export type Level = 'service' | 'bucket' | 'object';

/** One operation of the vendor's API, as data: dispatch, codecs, documents and clients all come from it. */
export interface Operation<L extends Level = Level, I extends Fields = Fields, O extends Fields = Fields> {
  /** The vendor's name; also what logs, metrics and policies call it. */
  readonly name: string;
  readonly methods: readonly Method[];
  readonly level: L;
  /**
   * What tells it from others of the same method and level: `acl` (a query parameter is there), `list-type=2` (it has this
   * value), `@x-oss-copy-source` (a header is there), `@content-type=multipart/form-data` (it begins with this). All must
   * hold; of several operations that match, the one with the most conditions is meant.
   */
  readonly select: readonly string[];
  readonly input: I;
  readonly output: O;
  /** The status of success, unless the output has a status of its own. */
  readonly status: number;
  /** What a policy has to allow; further actions are checked by the handler. */
  readonly action: string;
  /** The same when the request names a version of the object. */
  readonly versionAction: string;
  /** The body names the objects that the action is done to: its handler asks for the right to each. */
  readonly perObject: boolean;
  /** Anybody may ask, unsigned: neither signature nor rights are looked at. */
  readonly open: boolean;
  /** Where it is signed: in headers or query, or in the fields of the form that it posts, which its handler verifies. */
  readonly signedIn: 'request' | 'form';
  /** The bucket need not exist; `if-absent` works on the one that does. */
  readonly createsBucket: boolean | 'if-absent';
  /** What it may answer besides the errors that every operation may. */
  readonly errors: readonly OssErrorCode[];
  /** The vendor's page. */
  readonly page: string;
  /** False for those that are known and answered with `NotImplemented`. */
  readonly implemented: boolean;
}

/** The decoded request. `bucket` and `key` come from the address. */
export type InputOf<Op> =
  Op extends Operation<infer L, infer I, Fields>
    ? ValuesOf<I> &
        (L extends 'service' ? object : L extends 'bucket' ? { bucket: string } : { bucket: string; key: string })
    : never;
export type OutputOf<Op> = Op extends Operation<Level, Fields, infer O> ? ValuesOf<O> : never;

const vendorPage = (name: string): string =>
  `https://www.alibabacloud.com/help/en/oss/developer-reference/${name.toLowerCase()}`;

/** The types `unknown` and `never` in fields widen to what `Fields` asks for. */
type FieldsLike = { readonly [name: string]: Field };

export function operation<const L extends Level, I extends FieldsLike, O extends FieldsLike>(declaration: {
  name: string;
  method: Method | readonly Method[];
  level: L;
  select?: readonly string[];
  input: I;
  output: O;
  status?: number;
  action?: string;
  versionAction?: string;
  perObject?: boolean;
  open?: boolean;
  signedIn?: 'request' | 'form';
  createsBucket?: boolean | 'if-absent';
  errors?: readonly OssErrorCode[];
  page?: string;
}): Operation<L, I, O> {
  const { name, method, action = `oss:${name}` } = declaration;
  return {
    name,
    methods: typeof method === 'string' ? [method] : method,
    level: declaration.level,
    select: declaration.select ?? [],
    input: declaration.input,
    output: declaration.output,
    status: declaration.status ?? 200,
    action,
    versionAction: declaration.versionAction ?? action,
    perObject: declaration.perObject ?? false,
    open: declaration.open ?? false,
    signedIn: declaration.signedIn ?? 'request',
    createsBucket: declaration.createsBucket ?? false,
    errors: declaration.errors ?? [],
    page: declaration.page ?? vendorPage(name),
    implemented: true,
  };
}

/** An operation of the vendor's that is not served: it answers `NotImplemented` with its name. */
export function notImplemented(
  name: string,
  method: Method | readonly Method[],
  level: Level,
  ...select: string[]
): Operation {
  return { ...operation({ name, method, level, select, input: {}, output: {} }), implemented: false };
}
