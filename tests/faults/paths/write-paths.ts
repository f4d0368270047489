import type { Commands } from '@millrace/server/domain/commands';
import type { Content } from '../expected-objects.ts';
import type { Dice } from '../random.ts';
import type { World } from './journal.ts';

/** What a path has to act with. All but the last is told to the journal and held to it after the kill. */
export interface Shop {
  dice: Dice;
  /** Names that no other lane of this round uses begin with it. */
  lane: string;
  content(name: string): Content | null;
  /** A piece of new bytes, on either side of the size up to which they are kept with the records. */
  piece(): Content[number];
  put(key: string): Promise<void>;
  append(key: string): Promise<void>;
  copy(source: string, target: string): Promise<void>;
  remove(keys: string[]): Promise<void>;
  /** An upload with two parts. Gives its name. */
  upload(key: string): Promise<string>;
  complete(upload: string, key: string): Promise<void>;
  abort(upload: string, key: string): Promise<void>;
  /** Lets days pass and the rules act; `after` is what must come of it, each by itself. */
  expire(after: World): Promise<void>;
}

export interface WritePath {
  /** The commands within which the writer may be killed. */
  commands: (keyof Commands)[];
  /** Brings about what is acted upon. Nobody is killed meanwhile. */
  prepare(shop: Shop): Promise<void>;
  act(shop: Shop, number: number): Promise<void>;
}

/** Acts of one lane in one round, if it comes so far. */
export const ACTS = 3;

const each = (act: (number: number) => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: ACTS }, (_, number) => act(number)));

const absent = (shop: Shop, prefix: string, count = ACTS): Promise<void> =>
  shop.remove(Array.from({ length: count }, (_, number) => `${shop.lane}/${prefix}${number}`));

const LONGEST_LOG = 200_000;

/** Uploads that were made ready, by the lane and number of the act that is to end them. */
const ready = new Map<string, string>();

const uploads: WritePath['prepare'] = async (shop) => {
  await each(async (number) => ready.set(`${shop.lane}${number}`, await shop.upload(`${shop.lane}/u${number}`)));
};

const end =
  (how: 'complete' | 'abort'): WritePath['act'] =>
  async (shop, number) => {
    await shop[how](ready.get(`${shop.lane}${number}`) ?? '', `${shop.lane}/u${number}`);
  };

export const writePaths: Record<string, WritePath> = {
  put: {
    commands: ['putObject'],
    prepare: (shop) => absent(shop, 'k'),
    act: (shop, number) => shop.put(`${shop.lane}/k${number}`),
  },
  overwrite: {
    commands: ['putObject'],
    prepare: async (shop) => void (await each((number) => shop.put(`${shop.lane}/k${number}`))),
    act: (shop) => shop.put(`${shop.lane}/k${shop.dice.between(0, ACTS - 1)}`),
  },
  append: {
    commands: ['appendObject'],
    async prepare(shop) {
      const log = `${shop.lane}/log`;
      const length = (shop.content(log) ?? []).reduce((sum, { size }) => sum + size, 0);
      if (length > LONGEST_LOG) await shop.remove([log]);
    },
    act: (shop) => shop.append(`${shop.lane}/log`),
  },
  copy: {
    commands: ['copyObject'],
    prepare: async (shop) => void (await Promise.all([shop.put(`${shop.lane}/source`), absent(shop, 'k', 2)])),
    act: (shop, number) => shop.copy(`${shop.lane}/source`, `${shop.lane}/k${number}`),
  },
  complete: { commands: ['completeUpload'], prepare: uploads, act: end('complete') },
  abort: { commands: ['abortUpload'], prepare: uploads, act: end('abort') },
  delete: {
    commands: ['deleteObjects'],
    prepare: async (shop) => void (await each((number) => shop.put(`${shop.lane}/k${number}`))),
    act: (shop, number) => shop.remove([`${shop.lane}/k${number}`]),
  },
  'delete multiple': {
    commands: ['deleteObjects'],
    prepare: async (shop) =>
      void (await each((number) =>
        Promise.all(['a', 'b', 'c'].map((letter) => shop.put(`${shop.lane}/${letter}${number}`))),
      )),
    act: (shop, number) => shop.remove(['a', 'b', 'c'].map((letter) => `${shop.lane}/${letter}${number}`)),
  },
  lifecycle: {
    commands: ['applyLifecycle'],
    async prepare(shop) {
      await uploads(shop);
      await each((number) =>
        Promise.all(['expires/', 'moves/'].map((kind) => shop.put(`${kind}${shop.lane}${number}`))),
      );
    },
    async act(shop, number) {
      // One pass takes all there is.
      if (number > 0) return;
      const keys = Array.from({ length: ACTS }, (_, index) => `expires/${shop.lane}${index}`);
      const ended = Array.from({ length: ACTS }, (_, index) => ready.get(`${shop.lane}${index}`) ?? '');
      await shop.expire(Object.fromEntries([...keys, ...ended].map((name) => [name, null])));
    },
  },
};
