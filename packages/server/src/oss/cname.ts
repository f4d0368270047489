import { served } from '@millrace/protocol/oss';
import type { CnameToken } from '../domain/settings/domain-service.ts';
import { handle } from './call.ts';
import { invalidArgument, OssError } from './oss-error.ts';

export const createCnameToken = handle(served.CreateCnameToken, async ({ body }, call) => {
  const domain = domainOf(body.Cname);
  return { result: describe(call.bucket.name, domain, await call.domains.createToken(call.bucket, domain)) };
});

export const getCnameToken = handle(served.GetCnameToken, async ({ domain }, call) => {
  const token = await call.domains.token(call.bucket, domain);
  if (!token) throw new OssError('NoSuchCnameToken', { elements: { Cname: domain } });
  return { result: describe(call.bucket.name, domain, token) };
});

export const putCname = handle(served.PutCname, async ({ body }, call) => {
  await call.domains.bind(call.bucket, domainOf(body.Cname));
  return {};
});

export const deleteCname = handle(served.DeleteCname, async ({ body }, call) => {
  await call.domains.unbind(call.bucket, body.Cname.Domain);
  return {};
});

export const listCname = handle(served.ListCname, async (_input, call) => ({
  result: {
    Bucket: call.bucket.name,
    Owner: call.bucket.ownerId,
    Cname: (await call.domains.list(call.bucket)).map(({ name, modifiedMs }) => ({
      Domain: name,
      LastModified: seconds(modifiedMs),
      Status: 'Enabled',
    })),
  },
}));

function domainOf({ Domain, IsWildCard }: { Domain: string; IsWildCard?: boolean | undefined }): string {
  if (IsWildCard)
    throw invalidArgument('IsWildCard', 'true', 'A name stands for itself here: bind each one by itself.');
  return Domain;
}

const describe = (bucket: string, domain: string, { token, expiresMs }: CnameToken) => ({
  Bucket: bucket,
  Cname: domain,
  Token: token,
  ExpireTime: new Date(expiresMs).toUTCString(),
});

const seconds = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString();
