import { type Policy, parsePolicy } from './document.ts';

export interface SystemPolicy {
  name: string;
  description: string;
  document: string;
  policy: Policy;
}

const document = (...statements: { Action: string | string[]; Effect?: 'Allow' | 'Deny' }[]): string =>
  JSON.stringify({
    Version: '1',
    Statement: statements.map(({ Action, Effect = 'Allow' }) => ({ Effect, Action, Resource: '*' })),
  });

/** The policies that are there from the start, under the vendor's names: those that people attach on a server like this. */
const declared: Readonly<Record<string, [description: string, document: string]>> = {
  AdministratorAccess: ['Everything.', document({ Action: '*' })],
  ReadOnlyAccess: [
    'Reading of every service.',
    document({ Action: ['*:Get*', '*:List*', '*:Describe*', '*:Query*', '*:Peek*', '*:Head*', '*:BatchGet*'] }),
  ],
  AliyunOSSFullAccess: ['Everything in OSS.', document({ Action: 'oss:*' })],
  AliyunOSSReadOnlyAccess: ['Reading in OSS.', document({ Action: ['oss:Get*', 'oss:List*'] })],
  AliyunMNSFullAccess: ['Everything in MNS.', document({ Action: 'mns:*' })],
  AliyunMNSReadOnlyAccess: ['Reading in MNS.', document({ Action: ['mns:Get*', 'mns:List*', 'mns:Peek*'] })],
  AliyunIMMFullAccess: ['Everything in IMM.', document({ Action: ['imm:*', 'oss:ProcessImm', 'oss:PostProcessTask'] })],
  AliyunIMMReadOnlyAccess: ['Reading in IMM.', document({ Action: ['imm:Get*', 'imm:List*', 'imm:Query*'] })],
  AliyunSTSAssumeRoleAccess: ['Assuming of roles that trust the caller.', document({ Action: 'sts:AssumeRole' })],
  AliyunRAMFullAccess: ['Everything in RAM.', document({ Action: 'ram:*' })],
  AliyunRAMReadOnlyAccess: ['Reading in RAM.', document({ Action: ['ram:Get*', 'ram:List*'] })],
};

/** By lower-case name, in the order of their names. */
const byName: ReadonlyMap<string, SystemPolicy> = new Map(
  Object.entries(declared)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, [description, text]]) => [
      name.toLowerCase(),
      { name, description, document: text, policy: parsePolicy(name, 'identity', text) },
    ]),
);

export const systemPolicies: readonly SystemPolicy[] = [...byName.values()];

export const systemPolicy = (name: string): SystemPolicy | undefined => byName.get(name.toLowerCase());
