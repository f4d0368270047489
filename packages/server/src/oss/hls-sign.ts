import { openObject } from '../domain/objects/open-object.ts';
import { readQuery } from './address.ts';
import type { BucketCall } from './call.ts';
import { readHeaders } from './header-text.ts';
import { OssError } from './oss-error.ts';

/** Playlists of a whole day have less than 2 MiB. */
const MOST_BYTES = 16 * 1024 * 1024;

/** For a request that was signed in its header, which says nothing of how long: the segments of a film. */
const LIFE_SECONDS = 3 * 3600;

/**
 * The playlist with a signed address in the place of each that leads into its bucket, so that a player which was given one
 * presigned URL reaches all that it names. Playlists in a playlist are to be signed in their turn.
 */
export async function signPlaylist(
  { key, versionId }: { key: string; versionId?: string | undefined },
  call: BucketCall,
): Promise<{ text: string; etag: string; lastModifiedMs: number }> {
  const { bucket, principal, objects, signal } = call;
  const { content, lastModifiedMs } = await openObject(call, principal, { bucket, key, versionId });
  if (content.size > MOST_BYTES) {
    throw new OssError('InvalidArgument', { message: `A playlist to be signed has at most ${MOST_BYTES} bytes.` });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of await objects.read(content, undefined, signal)) chunks.push(chunk);
  const text = new TextDecoder('utf-8').decode(Buffer.concat(chunks));
  if (!text.trimStart().startsWith('#EXTM3U')) {
    throw new OssError('InvalidArgument', { message: 'hls/sign is for HLS playlists, which begin with #EXTM3U.' });
  }
  const lines: string[] = [];
  for (const line of text.split('\n')) lines.push(await signLine(line, key, call));
  return { text: lines.join('\n'), etag: content.etag, lastModifiedMs };
}

/** An address stands on a line of its own, or in the attribute URI of a tag: keys, maps, other renditions. */
async function signLine(line: string, playlist: string, call: BucketCall): Promise<string> {
  const plain = line.trimEnd();
  if (plain === '') return line;
  if (!plain.startsWith('#')) return (await signAddress(plain, playlist, call)) + line.slice(plain.length);
  const [whole, before = '', address = ''] = /^(#EXT[^\n]*?[:,]URI=")([^"]+)"/.exec(plain) ?? [];
  if (whole === undefined) return line;
  return `${before}${await signAddress(address, playlist, call)}"${line.slice(whole.length)}`;
}

async function signAddress(address: string, playlist: string, call: BucketCall): Promise<string> {
  // Somewhere else, or already signed.
  if (
    /^[A-Za-z][A-Za-z0-9+.-]*:/.test(address) ||
    address.startsWith('//') ||
    /[?&](x-oss-)?signature=/i.test(address)
  ) {
    return address;
  }
  const [path = '', written = ''] = address.split('?', 2);
  const folder = `https://host/${encodeKey(playlist)}`;
  if (!URL.canParse(path, folder)) return address;
  const key = decodedPath(new URL(path, folder));
  if (key === undefined) return address;
  const query = new Map(new URLSearchParams(written));
  if (path.endsWith('.m3u8') && !query.has('x-oss-process')) query.set('x-oss-process', 'hls/sign');
  const { url = '', headers } = call.exchange.request;
  const bucket = call.bucket.name;
  const signed = await call.authenticator.signQuery(
    { query: readQuery(url), headers: readHeaders(headers) },
    { bucket, key, query },
    { lifeSeconds: LIFE_SECONDS },
  );
  const text = [...signed].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  // From the root: clients that write the slashes of a key as %2F would look for what is relative elsewhere.
  const [, first = ''] = url.split('?', 1)[0]?.split('/', 2) ?? [];
  const root = first === bucket && !playlist.startsWith(`${bucket}/`) ? `/${bucket}/` : '/';
  return `${root}${encodeKey(key)}${text === '' ? '' : `?${text}`}`;
}

const encodeKey = (key: string): string => key.split('/').map(encodeURIComponent).join('/');

function decodedPath({ pathname }: URL): string | undefined {
  try {
    return decodeURIComponent(pathname.slice(1));
  } catch {
    return undefined;
  }
}
