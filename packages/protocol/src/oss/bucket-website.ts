import { bool, int, list, optional, struct, text, word, xmlDocument } from '../xml/index.ts';
import { deleteDocument, getDocument, putDocument } from './bucket-document.ts';

const pair = struct({ Key: text, Value: text });

/** Where a rule sends a reader. Everything named Mirror says how the vendor would fetch a missing object from elsewhere. */
const redirect = struct({
  RedirectType: word('Mirror', 'External', 'Internal', 'AliCDN'),
  PassQueryString: optional(bool),
  Protocol: optional(word('http', 'https')),
  HostName: optional(text),
  ReplaceKeyPrefixWith: optional(text),
  EnableReplacePrefix: optional(bool),
  ReplaceKeyWith: optional(text),
  HttpRedirectCode: optional(int),
  MirrorURL: optional(text),
  MirrorURLSlave: optional(text),
  MirrorURLProbe: optional(text),
  MirrorPassQueryString: optional(bool),
  MirrorFollowRedirect: optional(bool),
  MirrorCheckMd5: optional(bool),
  MirrorSNI: optional(bool),
  MirrorPassOriginalSlashes: optional(bool),
  MirrorAsyncStatus: optional(int),
  MirrorHeaders: optional(struct({ PassAll: optional(bool), Pass: list(text), Remove: list(text), Set: list(pair) })),
  MirrorAuth: optional(
    struct({
      AuthType: optional(text),
      Region: optional(text),
      AccessKeyId: optional(text),
      AccessKeySecret: optional(text),
    }),
  ),
  MirrorAllowVideoSnapshot: optional(bool),
  MirrorAllowGetImageInfo: optional(bool),
  MirrorAllowHeadObject: optional(bool),
  MirrorSaveOssMeta: optional(bool),
  MirrorProxyPass: optional(bool),
  MirrorIsExpressTunnel: optional(bool),
  MirrorTunnelId: optional(text),
  MirrorDstRegion: optional(text),
  MirrorDstVpcId: optional(text),
  MirrorDstSlaveVpcId: optional(text),
  MirrorUserLastModified: optional(bool),
  MirrorUsingRole: optional(bool),
  MirrorRole: optional(text),
  MirrorSwitchAllErrors: optional(bool),
  MirrorTaggings: optional(struct({ Taggings: list(pair) })),
  MirrorReturnHeaders: optional(struct({ ReturnHeader: list(pair) })),
  MirrorMultiAlternates: optional(
    struct({
      MirrorMultiAlternate: list(
        struct({
          MirrorMultiAlternateNumber: optional(int),
          MirrorMultiAlternateURL: optional(text),
          MirrorMultiAlternateVpcId: optional(text),
          MirrorMultiAlternateDstRegion: optional(text),
        }),
      ),
    }),
  ),
  TransparentMirrorResponseCodes: optional(text),
});

const document = xmlDocument(
  'WebsiteConfiguration',
  struct({
    IndexDocument: optional(struct({ Suffix: text, SupportSubDir: optional(bool), Type: optional(int) })),
    ErrorDocument: optional(struct({ Key: text, HttpStatus: optional(int) })),
    RoutingRules: optional(
      struct({
        RoutingRule: list(
          struct({
            RuleNumber: int,
            Condition: optional(
              struct({
                KeyPrefixEquals: optional(text),
                KeySuffixEquals: optional(text),
                HttpErrorCodeReturnedEquals: optional(int),
                IncludeHeader: list(struct({ Key: text, Equals: optional(text) })),
              }),
            ),
            Redirect: optional(redirect),
            LuaConfig: optional(struct({ Script: text })),
          }),
        ),
      }),
    ),
  }),
);

export const putBucketWebsite = putDocument('PutBucketWebsite', 'website', document, {
  errors: ['MalformedXML', 'InvalidArgument'],
});
export const getBucketWebsite = getDocument('GetBucketWebsite', 'website', document, {
  errors: ['NoSuchWebsiteConfiguration'],
});
export const deleteBucketWebsite = deleteDocument('DeleteBucketWebsite', 'website');
