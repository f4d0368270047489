import { encodeText } from '@millrace/protocol/oss';
import { escapeXml } from '@millrace/protocol/xml';

/** What the answer shows in the place of a character that no XML can hold, such as a control character in a key. */
const UNSPEAKABLE = '\ufffd';

/**
 * Where a listing goes on, as the answer says it. A name that XML cannot hold would come back as another one, behind which
 * keys would be passed over: it is said as base64 of itself behind a mark. Clients take markers as they are.
 */
export function spellMarker(name: string, encodingType: 'url' | undefined): string {
  if (encodingType === 'url') return encodeText(name);
  const altered = escapeXml(name).split(UNSPEAKABLE).length !== name.split(UNSPEAKABLE).length;
  return altered ? UNSPEAKABLE + Buffer.from(name, 'utf8').toString('base64url') : name;
}

/** The name that a marker stands for: any that `spellMarker` did not have to change is itself. */
export function readMarker(marker: string): string {
  if (!marker.startsWith(UNSPEAKABLE)) return marker;
  const name = Buffer.from(marker.slice(UNSPEAKABLE.length), 'base64url').toString('utf8');
  return spellMarker(name, undefined) === marker ? name : marker;
}
