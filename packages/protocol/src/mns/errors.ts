/**
 * The wire's error codes: status and the vendor's usual text. Spelling is the vendor's own (`InvalidDegist`,
 * `SubsriptionNameInvalid`): clients compare codes letter by letter.
 */
export const mnsErrors = {
  AccessDenied: {
    status: 403,
    message: 'The OwnerId that your Access Key Id associated to is forbidden for this operation.',
  },
  InvalidAccessKeyId: { status: 403, message: 'The access Id you provided is not exist.' },
  SignatureDoesNotMatch: {
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  },
  InvalidAuthorizationHeader: {
    status: 400,
    message: 'The Authorization header format is invalid. It must be "MNS {AccessKeyId}:{Signature}".',
  },
  MissingAuthorizationHeader: { status: 400, message: 'Authorization header is required.' },
  MissingDateHeader: { status: 400, message: 'Date header is required.' },
  InvalidDateHeader: {
    status: 400,
    message: 'The Date header must be a time in GMT such as "Tue, 03 Jun 2025 11:23:48 GMT".',
  },
  MissingVersionHeader: { status: 400, message: 'x-mns-version header is required.' },
  InvalidVersionHeader: { status: 400, message: 'The x-mns-version header must be 2015-06-06.' },
  TimeExpired: {
    status: 408,
    message:
      'The http request you sent is expired: its date differs from the time of the server by more than 15 minutes.',
  },
  InvalidArgument: { status: 400, message: 'A value in the request is out of range.' },
  InvalidDegist: { status: 400, message: 'The Content-MD5 you specified does not match the request body.' },
  InvalidRequestURL: { status: 400, message: 'Http request URL is invalid: no operation has this method and path.' },
  InvalidQueryString: { status: 400, message: 'The query string of the request is not valid percent-encoded UTF-8.' },
  MalformedXML: { status: 400, message: 'The XML you provided was not well-formed.' },
  MissingReceiptHandle: { status: 400, message: 'ReceiptHandle is required.' },
  MissingVisibilityTimeout: { status: 400, message: 'VisibilityTimeout is required.' },
  ReceiptHandleError: { status: 400, message: 'The receipt handle you provide is not valid.' },
  MessageNotExist: { status: 404, message: 'Message not exist.' },
  QueueNotExist: { status: 404, message: 'The queue name you provided is not exist.' },
  QueueAlreadyExist: {
    status: 409,
    message:
      'The queue you want to create is already exist, with other attributes. Use SetQueueAttributes to change them.',
  },
  InvalidQueueName: {
    status: 400,
    message: 'The queue name must begin with a letter or digit and hold only letters, digits and hyphens.',
  },
  QueueNameLengthError: { status: 400, message: 'The queue name must have 1 to 256 characters.' },
  TopicNotExist: { status: 404, message: 'The topic you provided does not exist.' },
  TopicAlreadyExist: {
    status: 409,
    message:
      'The topic you want to create already exists, with other attributes. Use SetTopicAttributes to change them.',
  },
  TopicNameInvalid: {
    status: 400,
    message: 'The topic name must begin with a letter or digit and hold only letters, digits and hyphens.',
  },
  TopicNameLengthError: { status: 400, message: 'The topic name must have 1 to 256 characters.' },
  SubscriptionNotExist: { status: 404, message: 'The subscription you provided does not exist.' },
  SubscriptionAlreadyExist: {
    status: 409,
    message: 'The subscription already exists, with another endpoint, filter, strategy or format.',
  },
  SubsriptionNameInvalid: {
    status: 400,
    message: 'The subscription name must begin with a letter or digit and hold only letters, digits and hyphens.',
  },
  SubsriptionNameLengthError: { status: 400, message: 'The subscription name must have 1 to 256 characters.' },
  EndpointInvalid: { status: 400, message: 'The endpoint of the subscription is not valid.' },
  QpsLimitExceeded: { status: 400, message: 'The queue is asked more often than it may be. Try again in a second.' },
  NotImplemented: { status: 501, message: 'This operation is not implemented by this server.' },
  InternalError: { status: 500, message: 'Internal error. Report the request id to the operator of this server.' },
  ServiceUnavailable: { status: 503, message: 'The server cannot store anything at the moment. Try again later.' },
} as const satisfies Record<string, { status: number; message: string }>;

export type MnsErrorCode = keyof typeof mnsErrors;

/** A refusal as the client will see it. Without a message of its own it carries the vendor's usual text. */
export class MnsError extends Error {
  override readonly name = 'MnsError';
  readonly code: MnsErrorCode;
  constructor(code: MnsErrorCode, message?: string) {
    super(message ?? mnsErrors[code].message);
    this.code = code;
  }

  get status(): number {
    return mnsErrors[this.code].status;
  }
}
