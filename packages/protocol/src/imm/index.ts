import type { RpcService } from '../rpc/index.ts';

/** Media tasks by their own API, in both versions. No action of it is served yet: each answers `NotImplemented`. */
export const imm: RpcService = {
  name: 'Imm',
  versions: ['2017-09-06', '2020-09-30'],
  operations: [],
  notImplemented: [],
};
