import { assumeRole } from '@millrace/protocol/sts';
import { sessionArn } from '../domain/access/identity.ts';
import type { SessionService } from '../domain/access/session-service.ts';
import { handle, type RpcHandler } from '../rpc/product.ts';

export const assumeRoleHandler = (sessions: SessionService): RpcHandler =>
  handle(assumeRole, async (input, { principal }) => {
    const { role, session, token } = await sessions.assumeRole(principal, {
      roleArn: input.RoleArn,
      session: input.RoleSessionName,
      seconds: input.DurationSeconds,
      // "" is how some clients say that there is none.
      policy: input.Policy || undefined,
      externalId: input.ExternalId,
    });
    return {
      AssumedRoleUser: {
        Arn: sessionArn(session.accountId, role.name, session.session),
        AssumedRoleId: `${role.uid}:${session.session}`,
      },
      Credentials: {
        AccessKeyId: session.accessKeyId,
        AccessKeySecret: session.secret,
        SecurityToken: token,
        Expiration: new Date(session.expiresMs).toISOString().replace('.000Z', 'Z'),
      },
      SourceIdentity: input.SourceIdentity,
    };
  });
