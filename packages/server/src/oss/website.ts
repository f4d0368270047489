import {
  findRoutingRule,
  folderPage,
  type RoutingRule,
  routedKey,
  type WebsiteSetting,
} from '../domain/settings/website.ts';
import { readAddress } from './address.ts';
import { OssError } from './oss-error.ts';
import type { Visit } from './visit.ts';
import { toOssError } from './wire-errors.ts';

/** Parameters of a listing; one that asks for any of them is meant as such. */
const LISTING = ['prefix', 'delimiter', 'marker', 'max-keys', 'encoding-type'];
/** A page is what is current: whoever names a version knows of more than a website. */
const VERSION = 'versionId';

/** The website of a bucket, where it is what a browser would mean: by no signature, or by one in a bound domain's URL. */
export function siteFor(operation: string, visit: Visit): WebsiteSetting | undefined {
  const { website } = visit.settings;
  if (website === undefined) return undefined;
  const signedUrl = visit.byDomain && visit.headers.authorization === undefined;
  if (visit.principal.kind !== 'anonymous' && !signedUrl) return undefined;
  if (visit.query.has(VERSION)) return undefined;
  if (operation === 'GetObject' || operation === 'HeadObject') return website;
  // Without an index page, the root is the bucket.
  if ((operation !== 'ListObjects' && operation !== 'HeadBucket') || website.index === undefined) return undefined;
  return LISTING.some((parameter) => visit.query.has(parameter)) ? undefined : website;
}

/** Whether the path of a URL begins with the bucket's name, so that its objects are found below that. */
export function pathNames(target: string, bucket: string, key: string): boolean {
  const [path = ''] = target.split('?', 1);
  return readAddress('', path, []).some((address) => address.bucket === bucket && address.key === key);
}

/** One read of a page by somebody who did not sign for it. */
export interface PageVisit {
  site: WebsiteSetting;
  key: string;
  headers: Readonly<Record<string, string | undefined>>;
  /** Undecoded, without the question mark. */
  query: string;
  /** Where the bucket's objects are found: `/`, or `/BUCKET/` where the path names it. */
  base: string;
  /** What an address without these has. */
  protocol: string;
  host: string;
  /** Reads an object as the visitor; `whole` leaves the visitor's conditions and range aside. Throws as any read does. */
  read(key: string, whole: boolean): Promise<Record<string, unknown>>;
  /** Whether the visitor could read it. */
  exists(key: string): Promise<boolean>;
}

/** What the visitor gets: an object, under a status of its own if it stands for an error, or another address. */
export type Shown = { output: Record<string, unknown>; status?: number } | { status: number; location: string };

/**
 * Shows a page of a bucket as the vendor's static websites do: routing rules first, pages of folders, and for what is
 * missing the rules that wait for that and then the error document.
 */
export async function showPage(visit: PageVisit): Promise<Shown> {
  const { site, key, headers } = visit;
  const rule = findRoutingRule(site.rules, { key, headers });
  if (rule) return follow(rule, visit);
  try {
    return { output: await visit.read(folderPage(site, key) ?? key, false) };
  } catch (error) {
    const refusal = toOssError(error);
    if (!refusal || refusal.status < 400) throw error;
    return (await asFolder(visit, refusal)) ?? (await instead(visit, refusal));
  }
}

/** `a` where only `a/index.html` exists. */
async function asFolder({ site, key, base, read, exists }: PageVisit, { code }: OssError): Promise<Shown | undefined> {
  const { index } = site;
  if (code !== 'NoSuchKey' || !index?.subfolders || index.missing === 1 || key === '' || key.endsWith('/')) {
    return undefined;
  }
  const page = `${key}/${index.suffix}`;
  if (!(await exists(page))) return undefined;
  if (index.missing === 2) return { output: await read(page, false) };
  return { status: 302, location: `${base}${encodePath(key)}/` };
}

/** What stands for an answer that would be an error. */
async function instead(visit: PageVisit, refusal: OssError): Promise<Shown> {
  const { site, key, headers } = visit;
  const rule = findRoutingRule(site.rules, { key, headers, status: refusal.status });
  return rule ? follow(rule, visit) : errorPage(visit, refusal);
}

async function errorPage({ site, read }: PageVisit, refusal: OssError): Promise<Shown> {
  if (refusal.status !== 404 || !site.error) throw refusal;
  const page = await read(site.error.key, true).catch((error: unknown) => {
    // Without a page for it, the error is the answer; that the page is missing, too, helps nobody.
    if (toOssError(error)) throw refusal;
    throw error;
  });
  return { output: page, status: site.error.status ?? 404 };
}

async function follow(rule: RoutingRule, visit: PageVisit): Promise<Shown> {
  const { redirect } = rule;
  if (!redirect || redirect.type === 'Mirror') {
    throw new OssError('NotImplemented', {
      message: `The routing rule ${rule.number} of this website fetches from another site or runs a script, which this server does not.`,
    });
  }
  const key = routedKey(rule, visit.key);
  if (redirect.type === 'Internal') {
    try {
      return { output: await visit.read(key, false) };
    } catch (error) {
      const refusal = toOssError(error);
      if (!refusal || refusal.status < 400) throw error;
      return errorPage(visit, refusal);
    }
  }
  const { protocol = visit.protocol, host, status = 302 } = redirect;
  // Another host has the key at its root.
  const base = host === undefined ? visit.base : '/';
  const query = redirect.passQuery && visit.query !== '' ? `?${visit.query}` : '';
  return { status, location: `${protocol}://${host ?? visit.host}${base}${encodePath(key)}${query}` };
}

const encodePath = (key: string): string => encodeURIComponent(key).replaceAll('%2F', '/');
