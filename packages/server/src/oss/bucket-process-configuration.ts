import { served } from '@millrace/protocol/oss';
import { isProtected, type PictureSetting, styleOfKey } from '../domain/settings/pictures.ts';
import type { SettingsService } from '../domain/settings/settings-service.ts';
import { documentHandlers } from './bucket-document.ts';
import { invalidArgument, OssError } from './oss-error.ts';
import type { Visit } from './visit.ts';

const DELIMITERS: ReadonlySet<string> = new Set(['-', '_', '/', '!']);
const MOST_SUFFIXES = 50;

const configuration = documentHandlers(
  { put: served.PutBucketProcessConfiguration, get: served.GetBucketProcessConfiguration },
  {
    setting: 'pictures',
    unset: { SourceFileProtect: 'Disabled', SourceFileProtectSuffix: '', StyleDelimiters: '' },
    read(document): PictureSetting {
      const delimiters = listOf(document.StyleDelimiters);
      for (const delimiter of delimiters) {
        if (DELIMITERS.has(delimiter)) continue;
        throw invalidArgument(
          'StyleDelimiters',
          delimiter,
          'A style may be separated by - _ / or !, written with commas.',
        );
      }
      const suffixes = listOf(document.SourceFileProtectSuffix).map((suffix) => suffix.toLowerCase());
      if (suffixes.length > MOST_SUFFIXES) {
        const message = `There may be ${MOST_SUFFIXES} suffixes.`;
        throw invalidArgument('SourceFileProtectSuffix', String(suffixes.length), message);
      }
      return {
        delimiters,
        ...(document.SourceFileProtect === 'Enabled' && { protectedSuffixes: suffixes }),
        ...(document.CompliedHost !== undefined && { compliedHost: document.CompliedHost }),
        ...(document.OssDomainSupportAtProcess !== undefined && { atProcess: document.OssDomainSupportAtProcess }),
      };
    },
    write: ({ delimiters, protectedSuffixes, compliedHost, atProcess }) => ({
      CompliedHost: compliedHost,
      SourceFileProtect: protectedSuffixes === undefined ? ('Disabled' as const) : ('Enabled' as const),
      SourceFileProtectSuffix: (protectedSuffixes ?? []).join(','),
      StyleDelimiters: delimiters.join(','),
      OssDomainSupportAtProcess: atProcess,
      Version: undefined,
    }),
  },
);

export const putBucketProcessConfiguration = configuration.put;
export const getBucketProcessConfiguration = configuration.get;

const listOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

const PROCESS = 'x-oss-process';

/**
 * Reads `KEY!style` as the picture of that key by that style, where the bucket separates styles so and has one of that
 * name, and refuses to show strangers a picture whose source is protected. Returns the key that is meant.
 */
export async function readPictureAddress(visit: Visit, key: string, settings: SettingsService): Promise<string> {
  const { bucket, principal, query } = visit;
  const { pictures } = visit.settings;
  if (!pictures || !bucket || (visit.method !== 'GET' && visit.method !== 'HEAD')) return key;
  let process = query.get(PROCESS) ?? '';
  let meant = key;
  const styled = process === '' ? styleOfKey(key, pictures.delimiters) : undefined;
  if (styled && (await settings.item(bucket, 'style', styled.style))) {
    process = `style/${styled.style}`;
    meant = styled.key;
    visit.query = new Map([...query, [PROCESS, process]]);
  }
  if (principal.kind === 'anonymous' && !process.startsWith('style/') && isProtected(meant, pictures)) {
    throw new OssError('AccessDenied', {
      ec: '0040-00000031',
      message: 'The channel can be only accessed using style: sign the request, or name a style of the bucket.',
    });
  }
  return meant;
}
