import { type CredentialsProvider, refreshingCredentials } from '../core/credentials.ts';
import type { StsBase } from './services.ts';

/** The role to assume, as `AssumeRole` takes it. */
export interface RoleRequest {
  RoleArn: string;
  RoleSessionName: string;
  DurationSeconds?: number;
  Policy?: string;
  ExternalId?: string;
}

/** Keys of a role, assumed with the keys of `sts` and again before they expire. */
export const roleCredentials = (sts: StsBase, role: RoleRequest): CredentialsProvider =>
  refreshingCredentials(async () => {
    const { Credentials: keys } = await sts.assumeRole(role);
    return {
      accessKeyId: keys.AccessKeyId,
      accessKeySecret: keys.AccessKeySecret,
      securityToken: keys.SecurityToken,
      expiresAt: Date.parse(keys.Expiration),
    };
  }, sts.settings.platform.now);
