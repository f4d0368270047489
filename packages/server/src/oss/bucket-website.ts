import { type InputOf, type Served, served } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import type { RoutingRedirect, RoutingRule } from '../domain/settings/website.ts';
import { deleteHandler, documentHandlers } from './bucket-document.ts';

/** Vendor limit. */
const MAX_RULES = 20;
const REDIRECTIONS = [301, 302, 307];

type Document = InputOf<Served['PutBucketWebsite']>['body'];
type RuleElement = NonNullable<Document['RoutingRules']>['RoutingRule'][number];
type RedirectElement = NonNullable<RuleElement['Redirect']>;

const website = documentHandlers(
  { put: served.PutBucketWebsite, get: served.GetBucketWebsite },
  {
    setting: 'website',
    unset: 'NoSuchWebsiteConfiguration',
    read({ IndexDocument: index, ErrorDocument: error, RoutingRules: routing }) {
      if (!index && !error && !routing) {
        throw new XmlError('The element WebsiteConfiguration must hold IndexDocument, ErrorDocument or RoutingRules.');
      }
      if (index && (index.Suffix === '' || index.Suffix.includes('/'))) {
        throw new XmlError('The element IndexDocument>Suffix must be the name of a page, without a slash.');
      }
      if (index?.Type !== undefined && ![0, 1, 2].includes(index.Type)) {
        throw new XmlError('The element IndexDocument>Type must be 0, 1 or 2.');
      }
      if (error?.Key === '') throw new XmlError('The element ErrorDocument>Key must not be empty.');
      if (error?.HttpStatus !== undefined && ![200, 404].includes(error.HttpStatus)) {
        throw new XmlError('The element ErrorDocument>HttpStatus must be 200 or 404.');
      }
      return {
        index: index && { suffix: index.Suffix, subfolders: index.SupportSubDir, missing: index.Type },
        error: error && { key: error.Key, status: error.HttpStatus },
        rules: routing && readRules(routing.RoutingRule),
      };
    },
    write: ({ index, error, rules }) => ({
      IndexDocument: index && { Suffix: index.suffix, SupportSubDir: index.subfolders, Type: index.missing },
      ErrorDocument: error && { Key: error.key, HttpStatus: error.status },
      RoutingRules: rules && { RoutingRule: rules.map(writeRule) },
    }),
  },
);

export const putBucketWebsite = website.put;
export const getBucketWebsite = website.get;
export const deleteBucketWebsite = deleteHandler(served.DeleteBucketWebsite, 'website');

function readRules(elements: readonly RuleElement[]): RoutingRule[] {
  if (elements.length > MAX_RULES) {
    throw new XmlError(`The element RoutingRules may hold ${MAX_RULES} elements RoutingRule.`);
  }
  const rules = elements.map((element, index) => readRule(element, `RoutingRules>RoutingRule[${index + 1}]`));
  rules.sort((a, b) => a.number - b.number);
  if (rules.some(({ number }, index) => number === rules[index - 1]?.number)) {
    throw new XmlError('The element RuleNumber must be another one in each RoutingRule.');
  }
  return rules;
}

function readRule({ RuleNumber, Condition, Redirect, LuaConfig }: RuleElement, where: string): RoutingRule {
  if (RuleNumber <= 0) throw new XmlError(`The element ${where}>RuleNumber must be 1 or more.`);
  if (!Redirect && !LuaConfig) throw new XmlError(`The element ${where}>Redirect is missing.`);
  return {
    number: RuleNumber,
    condition: Condition && {
      prefix: Condition.KeyPrefixEquals,
      suffix: Condition.KeySuffixEquals,
      status: Condition.HttpErrorCodeReturnedEquals,
      headers: Condition.IncludeHeader.map(({ Key, Equals }) => ({ name: Key, equals: Equals })),
    },
    redirect: Redirect && readRedirect(Redirect, `${where}>Redirect`),
    script: LuaConfig?.Script,
  };
}

function readRedirect(element: RedirectElement, where: string): RoutingRedirect {
  const {
    RedirectType: type,
    Protocol: protocol,
    HostName: host,
    ReplaceKeyPrefixWith: replacePrefix,
    EnableReplacePrefix: enableReplacePrefix,
    ReplaceKeyWith: replaceKey,
    HttpRedirectCode: status,
    PassQueryString: passQuery,
    ...mirror
  } = element;
  if (status !== undefined && !REDIRECTIONS.includes(status)) {
    throw new XmlError(`The element ${where}>HttpRedirectCode must be one of ${REDIRECTIONS.join(', ')}.`);
  }
  if (replaceKey !== undefined && enableReplacePrefix) {
    throw new XmlError(`The element ${where}>EnableReplacePrefix must not be true where ReplaceKeyWith is given.`);
  }
  if (host !== undefined && !/^[A-Za-z0-9.:_-]+$/.test(host)) {
    throw new XmlError(`The element ${where}>HostName must be the name of a host.`);
  }
  if (type === 'Mirror' && !mirror.MirrorURL) {
    throw new XmlError(`The element ${where}>MirrorURL is missing, which RedirectType Mirror asks for.`);
  }
  return { type, protocol, host, replacePrefix, enableReplacePrefix, replaceKey, status, passQuery, mirror };
}

function writeRule({ number, condition, redirect, script }: RoutingRule): RuleElement {
  return {
    RuleNumber: number,
    Condition: condition && {
      KeyPrefixEquals: condition.prefix,
      KeySuffixEquals: condition.suffix,
      HttpErrorCodeReturnedEquals: condition.status,
      IncludeHeader: condition.headers.map(({ name, equals }) => ({ Key: name, Equals: equals })),
    },
    Redirect: redirect && {
      RedirectType: redirect.type,
      Protocol: redirect.protocol,
      HostName: redirect.host,
      ReplaceKeyPrefixWith: redirect.replacePrefix,
      EnableReplacePrefix: redirect.enableReplacePrefix,
      ReplaceKeyWith: redirect.replaceKey,
      HttpRedirectCode: redirect.status,
      PassQueryString: redirect.passQuery,
      // These came out of this very element.
      ...(redirect.mirror as Partial<RedirectElement>),
    },
    LuaConfig: script === undefined ? undefined : { Script: script },
  };
}
