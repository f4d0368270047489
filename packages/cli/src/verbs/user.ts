import { exitCodes, UsageError, type Verb } from '../verb.ts';

const ACTIONS = {
  ls: ['ListUsers', false],
  make: ['CreateUser', true],
  rm: ['DeleteUser', true],
  show: ['GetUser', true],
  key: ['CreateAccessKey', true],
  keys: ['ListAccessKeys', true],
} as const;

const isAction = (what: string): what is keyof typeof ACTIONS => Object.hasOwn(ACTIONS, what);

export const user: Verb = {
  name: 'user',
  operands: 'ls | make NAME | show NAME | rm NAME | key NAME | keys NAME',
  count: [1, 2],
  summary: 'Work with users; key makes an access key and shows its secret this once.',
  flags: [],
  async run(call) {
    const [what = '', name] = call.operands;
    if (!isAction(what)) throw new UsageError(`user knows ${Object.keys(ACTIONS).join(', ')}, not ${what}.`);
    const [action, named] = ACTIONS[what];
    if (named && name === undefined) throw new UsageError(`user ${what} needs the name of a user.`);
    const { RequestId: _, ...answer } = await (await call.ram()).call(action, named ? { UserName: name } : {});
    call.out.result(answer, JSON.stringify(answer, undefined, 2));
    return exitCodes.ok;
  },
};
