import { sts } from '@millrace/protocol/sts';
import type { SessionService } from '../domain/access/session-service.ts';
import type { RpcProduct } from '../rpc/product.ts';
import { assumeRoleHandler } from './assume-role.ts';
import { getCallerIdentityHandler } from './get-caller-identity.ts';

export const stsProduct = (sessions: SessionService): RpcProduct => ({
  service: sts,
  handlers: [assumeRoleHandler(sessions), getCallerIdentityHandler()],
});
