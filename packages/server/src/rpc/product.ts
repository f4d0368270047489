import type { RpcError, RpcInputOf, RpcOperation, RpcResultOf, RpcService } from '@millrace/protocol/rpc';
import type { KnownPrincipal, Principal } from '../domain/access/principal.ts';

/** One authenticated and authorised request, as handlers see it. */
export interface RpcCall {
  principal: Principal & KnownPrincipal;
  requestId: string;
}

export interface RpcHandler {
  operation: RpcOperation;
  run(input: Record<string, unknown>, call: RpcCall): Promise<object>;
}

/** A service with all its handlers: what the front end dispatches to. */
export interface RpcProduct {
  service: RpcService;
  handlers: readonly RpcHandler[];
  /** What it refuses otherwise than all services do. Undefined leaves it to them. */
  refusal?(error: unknown): RpcError | undefined;
}

/** Joins a declaration with what it does. */
export function handle<Op extends RpcOperation>(
  operation: Op,
  run: (input: RpcInputOf<Op>, call: RpcCall) => Promise<RpcResultOf<Op>>,
): RpcHandler {
  // The declaration that gives the input its type is the one that decodes it.
  return { operation, run: run as unknown as RpcHandler['run'] };
}
