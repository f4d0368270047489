import { served, spellNames } from '@millrace/protocol/oss';
import type { ObjectPage } from '../domain/ports/object-records.ts';
import { handle } from './call.ts';
import { readMarker, spellMarker } from './marker.ts';
import { restoreHeader } from './object-headers.ts';
import { invalidArgument } from './oss-error.ts';
import { ownerOf } from './owner.ts';

type Spell = (name: string) => string;

/** Objects and common prefixes of a page, each kind in its own list, as the vendor's documents have them. */
function spellPage(page: ObjectPage, spell: Spell, ownerId: string | undefined, nowMs: number) {
  const owner = ownerId === undefined ? undefined : ownerOf(ownerId);
  const contents = [];
  const prefixes = [];
  for (const entry of page.entries) {
    if ('prefix' in entry) prefixes.push({ Prefix: spell(entry.prefix) });
    else {
      const { object } = entry;
      contents.push({
        Key: spell(object.key),
        LastModified: object.lastModifiedMs,
        ETag: `"${object.etag}"`,
        Type: object.type,
        Size: object.size,
        StorageClass: object.storageClass,
        Owner: owner,
        RestoreInfo: restoreHeader(object, nowMs),
      });
    }
  }
  return { Contents: contents, CommonPrefixes: prefixes };
}

/** The last name of a page, key or prefix: the next page begins strictly after it. */
function lastName(page: ObjectPage): string {
  const last = page.entries.at(-1);
  if (!last) return '';
  return 'prefix' in last ? last.prefix : last.object.key;
}

export const listObjects = handle(served.ListObjects, async (input, call) => {
  const { prefix, delimiter, marker, maxKeys, encodingType } = input;
  const page = await call.objects.list(call.bucket, { prefix, delimiter, after: readMarker(marker), limit: maxKeys });
  const spell = spellNames(encodingType);
  return {
    result: {
      Name: call.bucket.name,
      Prefix: spell(prefix),
      Marker: spell(marker),
      MaxKeys: maxKeys,
      Delimiter: spell(delimiter),
      EncodingType: encodingType,
      IsTruncated: page.truncated,
      NextMarker: page.truncated ? spellMarker(lastName(page), encodingType) : undefined,
      ...spellPage(page, spell, call.bucket.ownerId, call.exchange.receivedMs),
    },
  };
});

export const listObjectsV2 = handle(served.ListObjectsV2, async (input, call) => {
  const { prefix, delimiter, startAfter, continuationToken, maxKeys, encodingType, fetchOwner } = input;
  // oss2 sends an empty token along with every first page.
  const after = continuationToken ? readToken(continuationToken) : startAfter;
  const page = await call.objects.list(call.bucket, { prefix, delimiter, after, limit: maxKeys });
  const spell = spellNames(encodingType);
  return {
    result: {
      Name: call.bucket.name,
      Prefix: spell(prefix),
      StartAfter: startAfter === '' ? undefined : spell(startAfter),
      MaxKeys: maxKeys,
      Delimiter: spell(delimiter),
      EncodingType: encodingType,
      IsTruncated: page.truncated,
      ContinuationToken: continuationToken ? spell(continuationToken) : undefined,
      NextContinuationToken: page.truncated ? spell(makeToken(lastName(page))) : undefined,
      KeyCount: page.entries.length,
      ...spellPage(page, spell, fetchOwner ? call.bucket.ownerId : undefined, call.exchange.receivedMs),
    },
  };
});

/** Opaque to clients, and made of characters that survive any way of encoding it. */
const makeToken = (name: string): string => Buffer.from(name, 'utf8').toString('base64url');

function readToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString('utf8');
  if (makeToken(name) === token) return name;
  const message = 'The continuation token is not one that this server gave out.';
  throw invalidArgument('continuation-token', token, message);
}
