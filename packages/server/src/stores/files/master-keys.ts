import { join } from 'node:path';
import type { MasterKey, MasterKeys } from '../../domain/ports/master-keys.ts';
import type { Random } from '../../domain/ports/random.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

const FILE = 'master-keys.json';
const KEY_BYTES = 32;

/**
 * Master keys in a file of the data folder, readable by its owner only: `{ "current": ID, "keys": { ID: BASE64 } }`. The
 * first is made when something is to be encrypted. Another may be added and made current, while the server does not run;
 * one that is taken away makes unreadable whatever was encrypted under it.
 */
export function openMasterKeys(folder: string, random: Random): MasterKeys {
  const path = join(folder, FILE);
  const keys = new Map<string, MasterKey>();
  let current: MasterKey | undefined;
  const text = readSecretFile(folder, FILE);
  if (text !== undefined) {
    const file: { current?: unknown; keys?: unknown } = JSON.parse(text);
    for (const [id, base64] of Object.entries(file.keys ?? {})) {
      const secret = Buffer.from(String(base64), 'base64');
      if (!/^[0-9a-z]{1,64}$/.test(id) || secret.byteLength !== KEY_BYTES) {
        throw new Error(`${path}: the key ${id} must have an id of a-z and 0-9 and be ${KEY_BYTES} bytes of base64`);
      }
      keys.set(id, { id, secret });
    }
    current = keys.get(String(file.current));
    if (current === undefined) throw new Error(`${path}: current must name one of the keys`);
  }
  const make = (): MasterKey => {
    const made = { id: Buffer.from(random.bytes(8)).toString('hex'), secret: random.bytes(KEY_BYTES) };
    const file = { current: made.id, keys: { [made.id]: Buffer.from(made.secret).toString('base64') } };
    writeSecretFile(folder, FILE, `${JSON.stringify(file, null, 2)}\n`);
    keys.set(made.id, made);
    return made;
  };
  return {
    current() {
      current ??= make();
      return current;
    },
    find: (id) => keys.get(id),
  };
}
