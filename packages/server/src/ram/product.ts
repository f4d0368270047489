import { type RamOperations, ram } from '@millrace/protocol/ram';
import type { AccessService } from '../domain/access/access-service.ts';
import type { IdentityService } from '../domain/access/identity-service.ts';
import type { RpcHandler, RpcProduct } from '../rpc/product.ts';
import { accessKeyHandlers } from './access-key.ts';
import { attachmentHandlers } from './attachment.ts';
import { decodeDiagnosticMessageHandler } from './diagnostic-message.ts';
import { groupHandlers } from './group.ts';
import { policyHandlers } from './policy.ts';
import { roleHandlers } from './role.ts';
import { userHandlers } from './user.ts';

export interface RamServices {
  identities: IdentityService;
  access: AccessService;
}

/** One for each action declared as served: leaving one out does not compile. */
export function ramProduct(services: RamServices): RpcProduct {
  const handlers: Readonly<Record<keyof RamOperations, RpcHandler>> = {
    ...userHandlers(services),
    ...accessKeyHandlers(services),
    ...groupHandlers(services),
    ...roleHandlers(services),
    ...policyHandlers(services),
    ...attachmentHandlers(services),
    decodeDiagnosticMessage: decodeDiagnosticMessageHandler(services),
  };
  return { service: ram, handlers: Object.values(handlers) };
}
