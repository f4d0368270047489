import { text } from './codecs.ts';
import { header, optional, query, status, stream } from './fields.ts';
import { conditions, facts, trafficLimit, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

export const getObject = operation({
  name: 'GetObject',
  method: 'GET',
  level: 'object',
  versionAction: 'oss:GetObjectVersion',
  input: {
    ...conditions,
    trafficLimit,
    range: optional(header('range', text)),
    ifRange: optional(header('if-range', text)),
    acceptEncoding: optional(header('accept-encoding', text)),
    /** `standard`: ranges as HTTP defines them; otherwise one that does not fit gives the whole object. */
    rangeBehavior: optional(header('x-oss-range-behavior', text)),
    process: optional(query('x-oss-process', text)),
    versionId,
    responseContentType: optional(query('response-content-type', text)),
    responseContentLanguage: optional(query('response-content-language', text)),
    responseExpires: optional(query('response-expires', text)),
    responseCacheControl: optional(query('response-cache-control', text)),
    responseContentDisposition: optional(query('response-content-disposition', text)),
    responseContentEncoding: optional(query('response-content-encoding', text)),
  },
  output: {
    status: status(200, 206),
    ...facts,
    /** Left out, as the length is, of what is compressed on its way. */
    etag: optional(facts.etag),
    contentRange: optional(header('Content-Range', text)),
    /** Of this server: whether a processed result was there already. */
    cache: optional(header('x-millrace-cache', text)),
    vary: optional(header('Vary', text)),
    body: stream,
  },
  errors: [
    'NoSuchKey',
    'NoSuchVersion',
    'MethodNotAllowed',
    'SymlinkTargetNotExist',
    'InvalidTargetType',
    'InvalidObjectState',
    'PreconditionFailed',
    'NotModified',
    'InvalidRange',
    'BadRequest',
    'ImageTooLarge',
  ],
});
