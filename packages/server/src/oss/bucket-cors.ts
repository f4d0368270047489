import { served } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import type { CorsRule } from '../domain/settings/cors.ts';
import { deleteHandler, documentHandlers } from './bucket-document.ts';
import { invalidArgument, OssError } from './oss-error.ts';

/** Vendor limit. */
const MAX_RULES = 20;
const MAX_AGE_SECONDS = 999_999_999;

const cors = documentHandlers(
  { put: served.PutBucketCors, get: served.GetBucketCors },
  {
    setting: 'cors',
    unset: 'NoSuchCORSConfiguration',
    read({ CORSRule: rules, ResponseVary: vary }) {
      if (rules.length === 0) throw new XmlError('The element CORSConfiguration>CORSRule is missing.');
      if (rules.length > MAX_RULES) {
        throw new OssError('CORSRuleBeyondLimit', { message: `A bucket may have ${MAX_RULES} CORS rules.` });
      }
      return {
        rules: rules.map(({ AllowedOrigin, AllowedMethod, AllowedHeader, ExposeHeader, MaxAgeSeconds }, index) => {
          const where = `CORSRule[${index + 1}]`;
          const rule: CorsRule = {
            origins: nonEmpty(AllowedOrigin, `${where}>AllowedOrigin`).map(oneStar(`${where}>AllowedOrigin`)),
            methods: nonEmpty(AllowedMethod, `${where}>AllowedMethod`),
            // Capitals do not count in headers, and the vendor keeps none.
            headers: AllowedHeader.map(oneStar(`${where}>AllowedHeader`)).map((name) => name.toLowerCase()),
            exposed: ExposeHeader.map(noStar(`${where}>ExposeHeader`)),
          };
          if (MaxAgeSeconds === undefined) return rule;
          if (MaxAgeSeconds < 0 || MaxAgeSeconds > MAX_AGE_SECONDS) {
            const message = `The element ${where}>MaxAgeSeconds must be from 0 to ${MAX_AGE_SECONDS}.`;
            throw invalidArgument('MaxAgeSeconds', String(MaxAgeSeconds), message);
          }
          return { ...rule, maxAgeSeconds: MaxAgeSeconds };
        }),
        ...(vary !== undefined && { vary }),
      };
    },
    write: ({ rules, vary }) => ({
      CORSRule: rules.map(({ origins, methods, headers, exposed, maxAgeSeconds }) => ({
        AllowedOrigin: origins,
        AllowedMethod: methods.filter(isMethod),
        AllowedHeader: headers,
        ExposeHeader: exposed,
        MaxAgeSeconds: maxAgeSeconds,
      })),
      ResponseVary: vary ?? false,
    }),
  },
);

export const putBucketCors = cors.put;
export const getBucketCors = cors.get;
export const deleteBucketCors = deleteHandler(served.DeleteBucketCors, 'cors');

const METHODS = ['GET', 'PUT', 'DELETE', 'POST', 'HEAD'] as const;
const isMethod = (word: string): word is (typeof METHODS)[number] => METHODS.some((method) => method === word);

function nonEmpty<T>(values: readonly T[], where: string): T[] {
  if (values.length === 0) throw new XmlError(`The element ${where} is missing.`);
  return [...values];
}

const starsOf = (text: string): number => text.split('*').length - 1;

const oneStar = (where: string) => (text: string) => {
  if (text === '' || starsOf(text) > 1)
    throw new XmlError(`The element ${where} must not be empty and have one * at most.`);
  return text;
};

const noStar = (where: string) => (text: string) => {
  if (text === '' || starsOf(text) > 0) throw new XmlError(`The element ${where} must not be empty and have no *.`);
  return text;
};
