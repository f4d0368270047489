/**
 * The query parameters that signature V1 covers. The vendor's SDKs disagree, so this is the union of what any of them
 * signs; parameters that none signs (`prefix`, `max-keys`…) must stay out. Everything named `x-oss-…` is covered too.
 */
const names = `acl uploads uploadId partNumber location cors logging website referer lifecycle delete append position
tagging objectMeta objectInfo group link restore qos stat bucketInfo security-token live comp status vod startTime endTime
symlink callback callback-var encryption versions versioning versionId policy policyStatus requestPayment qosInfo asyncFetch
sequential inventory inventoryId continuation-token worm wormId wormExtend replication replicationLocation
replicationProgress rtc transferAcceleration cname metaQuery resourceGroup style styleName img udf udfName udfImage
udfImageDesc udfApplication udfApplicationLog processConfiguration regionList cloudboxes bucketArchiveDirectRead httpsConfig
redundancyTransition accessPoint accessPointPolicy accessPointForObjectProcess accessPointConfigForObjectProcess
accessPointPolicyForObjectProcess publicAccessBlock userDefinedLogFieldsConfig overwriteConfig objectWorm retention legalHold
cleanRestoredObject seal quota metadataConfiguration metadataInventoryTable metadataJournalTable requesterQosInfo qosRequester resourcePoolInfo resourcePool resourcePoolBuckets vpcip vip
response-content-type response-content-language response-expires response-cache-control response-content-disposition
response-content-encoding`;

const signed = new Set(names.split(/\s+/));

export function isSignedSubresource(name: string): boolean {
  return signed.has(name) || name.startsWith('x-oss-');
}
