import { open } from 'node:fs/promises';
import { placesIn, readTail } from './pdf-places.ts';

/** What LibreOffice writes last, its list of pages among it. */
const MOST_TAIL = 1024 * 1024;

/**
 * How many pages a PDF by LibreOffice has; undefined where its end does not tell. Asking a program takes as long as making a
 * page. Of any other PDF this says nothing: only a program finds out whether it is whole.
 */
export async function countPages(path: string): Promise<number | undefined> {
  await using file = await open(path);
  const { tail, from } = await readTail(file, MOST_TAIL);
  const text = tail.toString('latin1');
  const places = placesIn(text, from);
  if (places === undefined) return undefined;
  const object = (number: string | undefined): string => {
    const at = (places.offsets[Number(number)] ?? -1) - from;
    return at < 0 ? '' : text.slice(at, text.indexOf('endobj', at));
  };
  const root = /\/Root (\d+) 0 R/.exec(text.slice(places.to))?.[1];
  const pages = /\/Pages (\d+) 0 R/.exec(object(root))?.[1];
  const count = Number(/\/Count (\d+)/.exec(object(pages))?.[1]);
  return count > 0 ? count : undefined;
}
