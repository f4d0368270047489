import type { RpcFields, RpcValues } from './field.ts';

/** One action of an RPC service, as data: dispatch, decoding, permissions and the coverage table come from it. */
export interface RpcOperation<I extends RpcFields = RpcFields, R = unknown> {
  readonly name: string;
  readonly input: I;
  /** What a policy has to allow; undefined for what everybody with a key may ask, or what its handler checks. */
  readonly action: string | undefined;
  /** All that it is done to, as resource names end; `{UserName}` stands for that parameter. */
  readonly resources: readonly string[];
  /** Carries the type of the answer only. */
  readonly result?: R;
}

export type RpcInputOf<Op> = Op extends RpcOperation<infer I, infer _R> ? RpcValues<I> : never;
export type RpcResultOf<Op> = Op extends RpcOperation<infer _I, infer R> ? R : never;

/** Declares an action that answers with an `R`, beside the request id that all answers have. */
export const rpcOperation =
  <R extends object>() =>
  <I extends RpcFields>(declaration: {
    name: string;
    input: I;
    action?: string;
    resource?: string | readonly string[];
  }): RpcOperation<I, R> => ({
    name: declaration.name,
    input: declaration.input,
    action: declaration.action,
    resources: [declaration.resource ?? '*'].flat(),
  });

/** The actions of one service, and those of the vendor's that this server knows and does not serve. */
export interface RpcService {
  readonly name: string;
  readonly versions: readonly string[];
  readonly operations: readonly RpcOperation[];
  readonly notImplemented: readonly string[];
  /** Those of `notImplemented` that need what no installation has, such as trained models. */
  readonly unavailable?: readonly string[];
}

/** The ends of the names of what an action touches. For a parameter that was not given stands what is `own`, or `*`. */
export function resourcesOf(
  operation: RpcOperation,
  input: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, string>>,
): string[] {
  return operation.resources.map((resource) =>
    resource.replace(/\{(\w+)\}/g, (_, name: string) => String(input[name] || (own[name] ?? '*'))),
  );
}
