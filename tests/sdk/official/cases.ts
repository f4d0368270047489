import { type Field, fieldList, type Operation, type ParameterField, served } from '@millrace/protocol/oss';

/** A request in words of the wire, which every client turns into its own. */
export interface OfficialCase {
  name: string;
  operation: keyof typeof served;
  signatureVersion: 'v4' | 'v1';
  bucket?: string;
  key?: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  meta?: Record<string, string>;
  source?: { bucket: string; key: string };
  xml?: string;
  body?: string;
  process?: string;
}

const keys = ['plain.txt', 'dir a/文件+1.JPG', "q?&=#%25'()*!~.html", 'a//b/./c', 'emoji-😀.unknown', ' space '];

/** Values by their names on the wire. */
const samples: Readonly<Record<string, string>> = {
  prefix: 'photos/é +&',
  delimiter: '/',
  marker: 'photos/文',
  'key-marker': 'k m',
  'version-id-marker': 'CAEQARiBgID8rumR2hYiIGUyOTAyZGY2MzU5MjQ5ZjlhYzQzZjNlYTAyZDE3MDRk',
  'upload-id-marker': '0004B9895DBBB6EC98E36',
  'start-after': 'b/ü',
  'continuation-token': 'ChR1c2VyL2VyaWMvYS50eHQ+/=',
  'max-keys': '17',
  'max-uploads': '9',
  'max-parts': '33',
  'part-number-marker': '4',
  'fetch-owner': 'true',
  versionId: 'CAEQNhiBgMDJgZCA0BYiIDc4MGZjZGI2OTBjOTRmNTE5NmU5NmFhZjhjYmY0****',
  uploadId: '0004B9895DBBB6EC98E36/+=',
  partNumber: '7',
  position: '11',
  sequential: '',
  range: 'bytes=3-9',
  'x-oss-range-behavior': 'standard',
  'if-match': '"5B3C1A2E053D763E1B002CC607C5A0FE"',
  'if-none-match': '5B3C1A2E053D763E1B002CC607C5A0FE',
  'if-modified-since': 'Fri, 24 Feb 2012 06:07:48 GMT',
  'if-unmodified-since': 'Fri, 24 Feb 2012 06:07:49 GMT',
  'x-oss-copy-source-if-match': '5B3C1A2E053D763E1B002CC607C5A0FE',
  'x-oss-copy-source-if-none-match': '5B3C1A2E053D763E1B002CC607C5A0FF',
  'x-oss-copy-source-if-modified-since': 'Fri, 24 Feb 2012 06:07:48 GMT',
  'x-oss-copy-source-if-unmodified-since': 'Fri, 24 Feb 2012 06:07:49 GMT',
  'x-oss-copy-source-range': 'bytes=0-99',
  'x-oss-traffic-limit': '819200',
  'x-oss-process': 'image/resize,m_fixed,w_100,h_100/rotate,90',
  'x-oss-server-side-encryption': 'AES256',
  'x-oss-server-side-encryption-key-id': '9468da86-3509-4f8d-a61e-6eab1eac****',
  'x-oss-server-side-data-encryption': 'SM4',
  'x-oss-object-acl': 'public-read',
  'x-oss-acl': 'public-read',
  'x-oss-storage-class': 'IA',
  'x-oss-tagging': 'TagA=A&TagB=%E5%B0%8F',
  'x-oss-tagging-directive': 'Replace',
  'x-oss-metadata-directive': 'REPLACE',
  'x-oss-forbid-overwrite': 'true',
  'x-oss-complete-all': 'yes',
  'x-oss-symlink-target': 'target/%E6%96%87',
  'x-oss-allow-same-action-overlap': 'true',
  'x-oss-resource-group-id': 'rg-123',
  'x-oss-callback': 'eyJjYWxsYmFja1VybCI6InguY29tIn0=',
  'x-oss-callback-var': 'eyJ4OmEiOiJiIn0=',
  'content-type': 'text/x-odd; charset=utf-8',
  'content-md5': 'XrY7u+Ae7tCTyyK7j1rNww==',
  'cache-control': 'no-cache',
  'content-disposition': 'attachment; filename="a b.txt"',
  'content-encoding': 'identity',
  'content-language': 'de-CH',
  expires: 'Fri, 24 Feb 2030 06:07:48 GMT',
  'response-content-type': 'image/x-odd',
  'response-content-language': 'en-US',
  'response-expires': 'Fri, 24 Feb 2012 17:00:00 GMT',
  'response-cache-control': 'no-cache',
  'response-content-disposition': 'attachment; filename=文.txt',
  'response-content-encoding': 'gzip',
  styleName: 'image style',
  wormId: '1666E2CFB2B3418****',
  regions: 'oss-cn-hangzhou',
  'tag-key': 'team',
  'tag-value': 'blue',
  tagging: 'k1,k2',
  cname: 'www.example.com',
  comp: 'add',
  category: 'document',
  origin: 'http://www.example.com',
  'access-control-request-method': 'PUT',
  'access-control-request-headers': 'x-oss-test1, x-oss-test2',
};

const documents: Readonly<Record<string, string>> = {
  PutBucket:
    '<CreateBucketConfiguration><StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>',
  PutBucketVersioning: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  PutBucketAccessMonitor: '<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>',
  PutBucketArchiveDirectRead:
    '<ArchiveDirectReadConfiguration><Enabled>true</Enabled></ArchiveDirectReadConfiguration>',
  PutBucketCors:
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedOrigin>http://a.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>x &amp; y</AllowedHeader><ExposeHeader>etag</ExposeHeader><MaxAgeSeconds>100</MaxAgeSeconds></CORSRule><ResponseVary>false</ResponseVary></CORSConfiguration>',
  PutBucketEncryption:
    '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
  PutBucketHttpsConfig:
    '<HttpsConfiguration><TLS><Enable>true</Enable><TLSVersion>TLSv1.2</TLSVersion></TLS></HttpsConfiguration>',
  PutBucketLifecycle:
    '<LifecycleConfiguration><Rule><ID>r1</ID><Prefix>log/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>',
  PutBucketLogging:
    '<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs-here</TargetBucket><TargetPrefix>p-</TargetPrefix></LoggingEnabled></BucketLoggingStatus>',
  PutBucketReferer:
    '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><RefererList><Referer>http://www.example.com</Referer></RefererList></RefererConfiguration>',
  PutBucketRequestPayment: '<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>',
  PutBucketResourceGroup:
    '<BucketResourceGroupConfiguration><ResourceGroupId>rg-1</ResourceGroupId></BucketResourceGroupConfiguration>',
  PutBucketTags: '<Tagging><TagSet><Tag><Key>k &lt;1&gt;</Key><Value>v</Value></Tag></TagSet></Tagging>',
  PutBucketTransferAcceleration:
    '<TransferAccelerationConfiguration><Enabled>true</Enabled></TransferAccelerationConfiguration>',
  PutBucketWebsite:
    '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>error.html</Key></ErrorDocument></WebsiteConfiguration>',
  PutBucketPublicAccessBlock:
    '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
  PutPublicAccessBlock:
    '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
  PutBucketOverwriteConfig:
    '<OverwriteConfiguration><Rule><ID>1</ID><Action>forbid</Action><Prefix>a/</Prefix></Rule></OverwriteConfiguration>',
  PutUserDefinedLogFieldsConfig:
    '<UserDefinedLogFieldsConfiguration><HeaderSet><header>h1</header></HeaderSet></UserDefinedLogFieldsConfiguration>',
  PutStyle: '<Style><Content>image/resize,p_50</Content></Style>',
  PutObjectTagging: '<Tagging><TagSet><Tag><Key>age</Key><Value>18</Value></Tag></TagSet></Tagging>',
  PutBucketInventory:
    '<InventoryConfiguration><Id>report1</Id><IsEnabled>true</IsEnabled><Destination><OSSBucketDestination><Format>CSV</Format><AccountId>1</AccountId><RoleArn>acs:ram::1:role/r</RoleArn><Bucket>acs:oss:::b</Bucket></OSSBucketDestination></Destination><Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions></InventoryConfiguration>',
  PutBucketObjectWormConfiguration:
    '<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectWormConfiguration>',
  PutObjectRetention:
    '<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2030-01-01T00:00:00.000Z</RetainUntilDate></Retention>',
  PutObjectLegalHold: '<LegalHold><Status>ON</Status></LegalHold>',
  InitiateBucketWorm:
    '<InitiateWormConfiguration><RetentionPeriodInDays>3</RetentionPeriodInDays></InitiateWormConfiguration>',
  ExtendBucketWorm:
    '<ExtendWormConfiguration><RetentionPeriodInDays>3</RetentionPeriodInDays></ExtendWormConfiguration>',
  CreateCnameToken:
    '<BucketCnameConfiguration><Cname><Domain>www.example.com</Domain></Cname></BucketCnameConfiguration>',
  PutCname: '<BucketCnameConfiguration><Cname><Domain>www.example.com</Domain></Cname></BucketCnameConfiguration>',
  DeleteCname: '<BucketCnameConfiguration><Cname><Domain>www.example.com</Domain></Cname></BucketCnameConfiguration>',
  RestoreObject: '<RestoreRequest><Days>2</Days><JobParameters><Tier>Standard</Tier></JobParameters></RestoreRequest>',
  CompleteMultipartUpload:
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"3349DC700140D7F86A0784842780****"</ETag></Part><Part><PartNumber>5</PartNumber><ETag>"8EFDA8BE206636A695359836FE0A****"</ETag></Part></CompleteMultipartUpload>',
  DeleteMultipleObjects:
    '<Delete><Quiet>true</Quiet><Object><Key>a &amp; b</Key></Object><Object><Key>文</Key><VersionId>v1</VersionId></Object></Delete>',
};

const isParameter = (field: Field): field is ParameterField<unknown> =>
  field.place === 'query' || field.place === 'header';

/** Each operation as bare as it may be, with each of its fields, and with all of them, under both signatures. */
export function officialCases(): OfficialCase[] {
  const cases: OfficialCase[] = [];
  for (const operation of Object.values(served) as Operation[]) {
    if (operation.signedIn === 'form') continue;
    const fields = fieldList(operation.input)
      .map(([, field]) => field)
      .filter(isParameter);
    const required = fields.filter((field) => field.required);
    const optional = fields.filter((field) => !field.required && samples[field.wireName] !== undefined);
    const sets = [required, ...optional.map((field) => [...required, field])];
    for (const signatureVersion of ['v4', 'v1'] as const) {
      for (const set of sets) cases.push(caseOf(operation, set, signatureVersion, cases.length));
    }
  }
  return cases;
}

function caseOf(
  operation: Operation,
  fields: readonly ParameterField<unknown>[],
  signatureVersion: 'v4' | 'v1',
  count: number,
): OfficialCase {
  const { name, level } = operation;
  const shown = fields.map(({ wireName }) => wireName).join(', ');
  const made: OfficialCase = {
    name: `${name}(${shown}) ${signatureVersion}`,
    operation: name as OfficialCase['operation'],
    signatureVersion,
    query: {},
    headers: {},
  };
  if (level !== 'service') made.bucket = 'official-bucket';
  if (level === 'object') made.key = keys[count % keys.length] ?? 'key';
  for (const { place, wireName } of fields) {
    if (wireName === 'x-oss-copy-source') made.source = { bucket: 'source-bucket', key: 'from/文 a+b.txt' };
    else (place === 'query' ? made.query : made.headers)[wireName] = samples[wireName] ?? '';
  }
  const places = fieldList(operation.input).map(([, field]) => field.place);
  if (places.includes('meta') && count % 3 === 0) made.meta = { author: 'zhao liu', n: '1' };
  if (places.includes('stream')) made.body = 'body of an object';
  if (name === 'PutBucketPolicy') made.body = '{"Version":"1","Statement":[]}';
  const xml = documents[name];
  if (xml !== undefined) made.xml = xml;
  if (name === 'ProcessObject') made.process = 'image/resize,w_100|sys/saveas,o_dGVzdC5qcGc';
  if (name === 'AsyncProcessObject') made.process = 'doc/convert,target_pdf|sys/saveas,o_dGVzdC5qcGc/notify,topic_eA';
  return made;
}
