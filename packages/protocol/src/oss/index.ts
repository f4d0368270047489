export type { CopySource, Tag } from './codecs.ts';
export { contentFields, decodeParameters, encodeHeaders, type ParameterSource } from './decode-fields.ts';
export { encodeKey, encodeText, spellNames } from './encoding-type.ts';
export { FALLBACK_EC, type OssErrorCode, ossErrors, type WireError } from './errors.ts';
export {
  type ByteStream,
  type Field,
  FieldError,
  type Fields,
  fieldList,
  type MetaField,
  type OptionalStreamField,
  type ParameterField,
  type StreamField,
  type ValuesOf,
  type XmlField,
} from './fields.ts';
export type { InputOf, Level, Method, Operation, OutputOf } from './operation.ts';
export { operations, type Served, served } from './operations.ts';
export { postForm } from './post-object.ts';
export { classifyProcessFault, type ProcessFaultFacts } from './process-classification.ts';
export { type Crc32, type SelectEnd, SelectFrames, type SelectMeta, selectFrameTypes } from './select-frames.ts';
export type { Hashes, SignableRequest } from './signable-request.ts';
export { parseAuthorizationV1, requestDateV1, signV1, stringToSignV1 } from './signature-v1.ts';
export { ALGORITHM_V2, parseAdditionalHeadersV2, parseAuthorizationV2, stringToSignV2 } from './signature-v2.ts';
export {
  ALGORITHM_V4,
  type AuthorizationV4,
  canonicalRequestV4,
  formatScopeV4,
  formatTimestampV4,
  type MalformedV4,
  parseAdditionalHeaders,
  parseAuthorizationV4,
  parseCredentialV4,
  parseTimestampV4,
  type ScopeV4,
  signingKeyV4,
  signV4,
  stringToSignV4,
  UNSIGNED_PAYLOAD,
} from './signature-v4.ts';
export { isSignedSubresource } from './subresources.ts';
