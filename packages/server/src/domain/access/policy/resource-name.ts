import { matchesWildcard } from './wildcard.ts';

/** `acs:{service}:{region}:{account}:{relative id}` of something that a request touches. */
export interface ResourceName {
  service: string;
  /** Plain, such as `cn-hangzhou`; '' where the service has none. */
  region: string;
  accountId: string;
  /** Such as `bucket/key`, `/queues/q` or `user/ann`; `*` for the account as a whole. */
  relative: string;
}

export const formatResourceName = ({ service, region, accountId, relative }: ResourceName): string =>
  `acs:${service}:${region}:${accountId}:${relative}`;

/** How a pattern of a policy is asked about a resource, made once when the policy is read. */
export function resourceMatcher(pattern: string): (resource: ResourceName) => boolean {
  const parts = pattern.split(':');
  if (parts.length < 5) return (resource) => matchesWildcard(pattern, formatResourceName(resource));
  const [scheme = '', service = '', region = '', account = '', ...rest] = parts;
  const relative = rest.join(':');
  // "Any segment may be * or empty in a policy."
  const open = (part: string): boolean => part === '' || part === '*';
  return (resource) =>
    matchesWildcard(scheme, 'acs') &&
    matchesWildcard(service.toLowerCase(), resource.service) &&
    (open(region) || sameRegion(region, resource.region)) &&
    (open(account) || matchesWildcard(account, resource.accountId)) &&
    relativeMatches(relative, resource);
}

/** Policies name OSS regions both ways, `cn-hangzhou` and `oss-cn-hangzhou`. */
function sameRegion(pattern: string, region: string): boolean {
  return matchesWildcard(pattern, region) || matchesWildcard(pattern, `oss-${region}`);
}

/** Users, groups, roles and policies have one name in any case; keys and queues do not. */
function relativeMatches(pattern: string, { service, relative }: ResourceName): boolean {
  return service === 'ram'
    ? matchesWildcard(pattern.toLowerCase(), relative.toLowerCase())
    : matchesWildcard(pattern, relative);
}
