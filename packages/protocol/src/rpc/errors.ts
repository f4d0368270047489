/**
 * The wire's error codes by family, which is what stands before the first dot: `EntityNotExist.User` is one of
 * `EntityNotExist`. Codes of a family share its status.
 */
const families = {
  AccessDenied: { status: 403, message: 'You are not authorized to do this action.' },
  ContentSha256Mismatch: {
    status: 400,
    message: 'The specified parameter "x-acs-content-sha256" is not the SHA-256 of the request body.',
  },
  DeleteConflict: { status: 409, message: 'It cannot be deleted while something hangs on it.' },
  EntityAlreadyExists: { status: 409, message: 'It exists already.' },
  EntityNotExist: { status: 404, message: 'It does not exist.' },
  IncompleteSignature: {
    status: 400,
    message: 'The request signature does not conform to the standards of the service: a part of it is missing.',
  },
  InternalError: {
    status: 500,
    message: 'The request processing has failed due to some unknown error. Report the request id to the operator.',
  },
  Invalid: { status: 400, message: 'A parameter is not valid.' },
  InvalidAccessKeyId: { status: 404, message: 'Specified access key is not found.' },
  InvalidAction: { status: 404, message: 'Specified api is not found, please check your url and method.' },
  InvalidArgument: { status: 400, message: 'An argument is not valid.' },
  InvalidParameter: { status: 400, message: 'A parameter is not valid.' },
  InvalidProject: { status: 404, message: 'The specified project is not found.' },
  InvalidResource: { status: 404, message: 'The specified resource is not found.' },
  InvalidSecurityToken: { status: 400, message: 'The specified SecurityToken is not valid.' },
  InvalidSignatureMethod: {
    status: 400,
    message: 'The specified parameter "SignatureMethod" is not supported: sign with HMAC-SHA1 or ACS3-HMAC-SHA256.',
  },
  InvalidTimeStamp: { status: 400, message: 'The specified time stamp or date value is not valid.' },
  InvalidVersion: {
    status: 400,
    message: 'The specified parameter "Version" is not that of a service of this server.',
  },
  LimitExceeded: { status: 409, message: 'There are as many as there may be.' },
  LimitExceededError: { status: 429, message: 'There are as many as there may be.' },
  MalformedPolicyDocument: { status: 400, message: 'The policy document is malformed.' },
  Missing: { status: 400, message: 'A parameter that is mandatory for this action is not supplied.' },
  NoPermission: { status: 403, message: 'You are not authorized to do this action. You should be authorized by RAM.' },
  NotImplemented: { status: 501, message: 'This action is not implemented by this server.' },
  QueueAlreadyExist: { status: 409, message: 'The queue exists already, with other attributes.' },
  QueueNotExist: { status: 404, message: 'The queue name you provided is not exist.' },
  RequestTooLarge: { status: 413, message: 'The request body is too large.' },
  ResourceAlreadyExists: { status: 409, message: 'The specified resource exists already.' },
  ResourceNotFound: { status: 404, message: 'The specified resource is not found.' },
  ServiceUnavailable: { status: 503, message: 'The server cannot store anything at the moment. Try again later.' },
  SignatureDoesNotMatch: { status: 400, message: 'Specified signature is not matched with our calculation.' },
  SignatureNonceUsed: { status: 400, message: 'Specified signature nonce was used already.' },
  SubscriptionAlreadyExist: { status: 409, message: 'The subscription exists already, with other attributes.' },
  SubscriptionNotExist: { status: 404, message: 'The subscription you provided does not exist.' },
  Throttling: { status: 400, message: 'More is asked for than can be done at the moment. Try again later.' },
  TopicAlreadyExist: { status: 409, message: 'The topic exists already, with other attributes.' },
  TopicNotExist: { status: 404, message: 'The topic you provided does not exist.' },
  UnsupportedHTTPMethod: { status: 400, message: 'This http method is not supported: use GET or POST.' },
  UnsupportedOperation: { status: 400, message: 'This operation is not available on this installation.' },
} as const satisfies Record<string, { status: number; message: string }>;

/** Codes whose status is not their family's. */
const ownStatus: Readonly<Record<string, number>> = { 'InvalidAccessKeyId.Inactive': 400 };

export type RpcErrorFamily = keyof typeof families;

/** `MissingUserName` belongs to `Missing` and `InvalidTargets` to `Invalid`; all others are divided by dots. */
export type RpcErrorCode = RpcErrorFamily | `${RpcErrorFamily}.${string}` | `Missing${string}` | `Invalid${string}`;

/** A refusal as the client will see it. Without a message of its own it carries its family's. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: RpcErrorCode;
  readonly status: number;
  /** Further members of the answer, such as `AccessDeniedDetail`. */
  readonly members: Readonly<Record<string, unknown>>;
  constructor(code: RpcErrorCode, message?: string, members: Readonly<Record<string, unknown>> = {}) {
    const family = familyOf(code);
    super(message ?? families[family].message);
    this.code = code;
    this.status = ownStatus[code] ?? families[family].status;
    this.members = members;
  }
}

function familyOf(code: RpcErrorCode): RpcErrorFamily {
  const [family = ''] = code.split('.', 1);
  return Object.hasOwn(families, family) ? (family as RpcErrorFamily) : prefixOf(code);
}

const prefixOf = (code: string): RpcErrorFamily => (code.startsWith('Missing') ? 'Missing' : 'Invalid');
