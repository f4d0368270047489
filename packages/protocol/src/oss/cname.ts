import { bool, list, optional as optionalElement, struct, text, xmlDocument } from '../xml/index.ts';
import { text as textCodec } from './codecs.ts';
import { query, xmlBody } from './fields.ts';
import { operation } from './operation.ts';

const configuration = xmlDocument(
  'BucketCnameConfiguration',
  struct({
    Cname: struct({
      Domain: text,
      IsWildCard: optionalElement(bool),
      CertificateConfiguration: optionalElement(
        struct({
          CertId: optionalElement(text),
          Certificate: optionalElement(text),
          PrivateKey: optionalElement(text),
          PreviousCertId: optionalElement(text),
          Force: optionalElement(bool),
          DeleteCertificate: optionalElement(bool),
        }),
      ),
    }),
  }),
);

const token = xmlDocument('CnameToken', struct({ Bucket: text, Cname: text, Token: text, ExpireTime: text }));

/** Asks for the proof of ownership that has to stand in the domain's DNS before it may be bound. */
export const createCnameToken = operation({
  name: 'CreateCnameToken',
  method: 'POST',
  level: 'bucket',
  select: ['cname', 'comp=token'],
  input: { body: xmlBody(configuration) },
  output: { result: xmlBody(token) },
  errors: ['MalformedXML'],
});

export const getCnameToken = operation({
  name: 'GetCnameToken',
  method: 'GET',
  level: 'bucket',
  select: ['cname', 'comp=token'],
  input: { domain: query('cname', textCodec) },
  output: { result: xmlBody(token) },
  errors: ['NoSuchCnameToken'],
});

export const putCname = operation({
  name: 'PutCname',
  method: 'POST',
  level: 'bucket',
  select: ['cname', 'comp=add'],
  input: { body: xmlBody(configuration) },
  output: {},
  errors: ['MalformedXML', 'NeedVerifyDomainOwnership'],
});

export const deleteCname = operation({
  name: 'DeleteCname',
  method: 'POST',
  level: 'bucket',
  select: ['cname', 'comp=delete'],
  input: { body: xmlBody(configuration) },
  output: {},
  errors: ['MalformedXML'],
});

export const listCname = operation({
  name: 'ListCname',
  method: 'GET',
  level: 'bucket',
  select: ['cname'],
  input: {},
  output: {
    result: xmlBody(
      xmlDocument(
        'ListCnameResult',
        struct({
          Bucket: text,
          Owner: text,
          Cname: list(struct({ Domain: text, LastModified: text, Status: text })),
        }),
      ),
    ),
  },
});
