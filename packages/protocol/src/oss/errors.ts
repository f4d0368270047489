/** One wire code: what the vendor answers with it. */
export interface WireError {
  status: number;
  message: string;
  /** The vendor's error classification, where one is known. */
  ec?: string;
}

const table = {
  AccessDenied: {
    status: 403,
    message: 'You have no right to access this object because of bucket acl.',
    ec: '0003-00000001',
  },
  AccessKeyIdAndSecurityTokenNotMatch: {
    status: 403,
    message: 'The OSS access key id and security token you provided does not match.',
  },
  ArchiveRestoreFileStale: {
    status: 409,
    message: 'The archive file has not been restored, or its restored copy has expired.',
  },
  ArchiveRestoreNotFinished: {
    status: 409,
    message: "The archive file's restore is not finished.",
    ec: '0016-00000719',
  },
  AccessForbidden: {
    status: 403,
    message:
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
  },
  BadWebPImage: { status: 400, message: 'The webp image file may be damaged.', ec: '0040-00000010' },
  BadRequest: { status: 400, message: 'The request is not valid.' },
  BucketAlreadyExists: {
    status: 409,
    message:
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
    ec: '0015-00000104',
  },
  BucketNotEmpty: { status: 409, message: 'The bucket has objects. Please delete them first.', ec: '0015-00000301' },
  CORSRuleBeyondLimit: { status: 400, message: 'The number of CORS rules is beyond the limit.' },
  CallbackFailed: { status: 203, message: 'The callback was not answered as it must be.', ec: '0007-00000203' },
  CutEdgeExceedRange: { status: 400, message: "Advance cut's position is out of image." },
  EntityTooLarge: { status: 400, message: 'Your proposed upload exceeds the maximum allowed size.' },
  EntityTooSmall: { status: 400, message: 'Your proposed upload is smaller than the minimum allowed object size.' },
  FieldItemTooLong: { status: 400, message: 'Your form has a field that is too long.' },
  FileAlreadyExists: {
    status: 409,
    message: 'The object you specified already exists and can not be overwritten.',
    ec: '0026-00000002',
  },
  FileImmutable: { status: 409, message: 'The object you specified is immutable.' },
  /** With the space that the vendor's code has. */
  'Imm Client': { status: 400, message: 'ResourceNotFound, The specified resource Attachment is not found.' },
  ImageTooLarge: { status: 400, message: 'The image exceeds a limit.' },
  IncompleteBody: {
    status: 400,
    message: 'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  },
  IncorrectNumberOfFilesInPOSTRequest: { status: 400, message: 'POST requires exactly one file upload per request.' },
  InternalError: {
    status: 500,
    message: 'We encountered an internal error. Please try again, and quote the request id if it happens again.',
  },
  InvalidAccessKeyId: {
    status: 403,
    message: 'The OSS Access Key Id you provided does not exist in our records.',
    ec: '0002-00000902',
  },
  InvalidArgument: { status: 400, message: 'Invalid argument.' },
  InvalidBucketName: { status: 400, message: 'The specified bucket is not valid.' },
  InvalidCRC64: { status: 400, message: 'The CRC64 checksum you specified did not match what we received.' },
  InvalidDigest: { status: 400, message: 'The Content-MD5 you specified did not match what we received.' },
  InvalidEncryptionAlgorithmError: {
    status: 400,
    message: 'The Encryption request you specified is not valid. Supported value: AES256/SM4/KMS.',
  },
  InvalidObjectName: { status: 400, message: 'The specified object is not valid.', ec: '0016-00000005' },
  InvalidObjectState: {
    status: 403,
    message: "The operation is not valid for the object's state: restore it first.",
  },
  InvalidPart: {
    status: 400,
    message:
      "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.",
  },
  InvalidPartOrder: {
    status: 400,
    message: 'The list of parts was not in ascending order. Parts list must be specified in order by part number.',
  },
  InvalidPolicyDocument: {
    status: 400,
    message: 'The content of the form does not meet the conditions specified in the policy document.',
    ec: '0006-00000201',
  },
  InvalidRange: { status: 416, message: 'The requested range cannot be satisfied.' },
  InvalidRequest: { status: 400, message: 'The request is not valid.' },
  InvalidSelectData: {
    status: 400,
    message: 'The object does not hold what the request says it holds.',
    ec: '0016-00000801',
  },
  InvalidSqlParameter: { status: 400, message: 'The SQL statement is not valid.', ec: '0016-00000803' },
  InvalidSecurityToken: { status: 403, message: 'The security token you provided is invalid.' },
  InvalidTag: { status: 400, message: 'The tag is not valid.', ec: '0010-00000217' },
  InvalidTargetType: {
    status: 400,
    message: 'The target of the symbolic link is a symbolic link itself.',
    ec: '0026-00000011',
  },
  InvalidTargetBucketForLogging: {
    status: 400,
    message: 'The target bucket for logging does not exist, is not owned by you, or is in another region.',
  },
  InvalidWORMConfiguration: { status: 400, message: 'The retention policy is not valid.' },
  InventoryAlreadyExist: { status: 409, message: 'The inventory that you want to configure already exists.' },
  InventoryExceedLimit: { status: 400, message: 'The bucket has as many inventories as it may.' },
  MalformedPOSTRequest: {
    status: 400,
    message: 'The body of your POST request is not well-formed multipart/form-data.',
  },
  MalformedPolicy: { status: 400, message: 'The policy you provided is not valid.' },
  MalformedXML: {
    status: 400,
    message: 'The XML you provided was not well-formed or did not validate against our published schema.',
    ec: '0042-00000205',
  },
  MaxPOSTPreDataLengthExceededError: {
    status: 400,
    message: 'Your POST request fields preceding the upload file were too large.',
  },
  MemLimitExceeded: { status: 400, message: 'The image is too large to be processed.' },
  MethodNotAllowed: { status: 405, message: 'The specified method is not allowed against this resource.' },
  MissingArgument: { status: 400, message: 'Missing Some Required Arguments.', ec: '0016-00000502' },
  MissingContentLength: { status: 411, message: 'You must provide the Content-Length HTTP header.' },
  NeedVerifyDomainOwnership: {
    status: 403,
    message: 'The ownership of the domain name is not verified.',
    ec: '0018-00000115',
  },
  NoSuchBucket: { status: 404, message: 'The specified bucket does not exist.', ec: '0015-00000101' },
  NoSuchBucketOverwriteConfig: { status: 404, message: 'The bucket has no overwrite configuration.' },
  NoSuchCORSConfiguration: { status: 404, message: 'The CORS Configuration does not exist.' },
  NoSuchCnameToken: { status: 404, message: 'There is no token for this domain name. Create one first.' },
  NoSuchBucketPolicy: { status: 404, message: 'The bucket policy does not exist.' },
  NoSuchInventory: { status: 404, message: 'The specified inventory does not exist.' },
  NoSuchLifecycle: { status: 404, message: 'No Row found in Lifecycle Table.' },
  NoSuchKey: { status: 404, message: 'The specified key does not exist.', ec: '0026-00000001' },
  NoSuchRegion: { status: 404, message: 'The specified region does not exist.' },
  NoSuchServerSideEncryptionRule: {
    status: 404,
    message: 'The server side encryption configuration does not exist.',
  },
  NoSuchStyle: { status: 404, message: 'The specified style does not exist.' },
  NoSuchTransferAccelerationConfiguration: {
    status: 404,
    message: 'The bucket you specified does not have transfer acceleration configuration.',
  },
  NoSuchUpload: {
    status: 404,
    message:
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    ec: '0042-00000002',
  },
  NoSuchUserDefinedLogFieldsConfig: { status: 404, message: 'The bucket has no user-defined log fields.' },
  NoSuchVersion: { status: 404, message: 'The specified version does not exist.' },
  NoSuchWORMConfiguration: { status: 404, message: 'The bucket has no such retention policy.' },
  NoSuchWebsiteConfiguration: { status: 404, message: 'The specified bucket does not have a website configuration.' },
  NotImplemented: { status: 400, message: 'A header you provided implies functionality that is not implemented.' },
  NotSymlink: { status: 400, message: 'The object is not a symbolic link.' },
  NotModified: { status: 304, message: 'Not Modified' },
  ObjectNotAppendable: { status: 409, message: 'The object is not appendable', ec: '0026-00000016' },
  OperationNotSupported: {
    status: 400,
    message: 'The operation is not supported for this resource',
    ec: '0016-00000702',
  },
  PartNotSequential: { status: 400, message: 'For sequential multipart upload, you must upload parts sequentially.' },
  PositionNotEqualToLength: { status: 409, message: 'Position is not equal to file length', ec: '0026-00000016' },
  PreconditionFailed: { status: 412, message: 'At least one of the pre-conditions you specified did not hold.' },
  RequestIsNotMultiPartContent: {
    status: 400,
    message: 'Bucket POST must be of the enclosure-type multipart/form-data.',
  },
  RequestTimeout: {
    status: 400,
    message: 'Your socket connection to the server was not read from or written to within the timeout period.',
  },
  RequestTimeTooSkewed: {
    status: 403,
    message: 'The difference between the request time and the current time is too large.',
    ec: '0002-00000504',
  },
  RestoreAlreadyInProgress: { status: 409, message: 'The restore operation is in progress.' },
  ResourceGroupIdPreCheckError: {
    status: 400,
    message: 'The resource group id precheck error',
    ec: '0039-00000003',
  },
  SecurityTokenExpired: { status: 403, message: 'The security token you provided has expired.' },
  ServiceUnavailable: {
    status: 503,
    message: 'The service cannot take changes at the moment. Please try again later.',
  },
  SignatureDoesNotMatch: {
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    ec: '0002-00000040',
  },
  SymlinkTargetNotExist: { status: 404, message: 'The target of the symbolic link does not exist.' },
  TooManyBuckets: { status: 400, message: 'You have attempted to create more buckets than allowed.' },
  TooManyTags: { status: 400, message: 'The object has more tags than allowed.', ec: '0010-00000218' },
  UserKeyMustBeSpecified: {
    status: 400,
    message:
      'The bucket POST must contain the specified field name. If it is specified, check the order of the fields.',
  },
  WatermarkError: { status: 400, message: 'The watermark cannot be used.' },
  WORMConfigurationAlreadyExists: { status: 409, message: 'The bucket has a retention policy already.' },
  WORMConfigurationLocked: {
    status: 403,
    message: 'The retention policy is locked: it can only be extended.',
  },
} as const satisfies Record<string, WireError>;

export type OssErrorCode = keyof typeof table;

/** Every code this server answers with. */
export const ossErrors: Readonly<Record<OssErrorCode, WireError>> = table;

/**
 * Stands where the vendor's own classification is not known, because clients look for `x-oss-ec` on every error. Made so
 * that it cannot be taken for one of the vendor's: their numbers begin at one.
 */
export const FALLBACK_EC = '0017-00000000';
