import { type Level, type Method, notImplemented, type Operation } from './operation.ts';

type Verb = 'Put' | 'Get' | 'Delete';
const methods: Record<Verb, Method> = { Put: 'PUT', Get: 'GET', Delete: 'DELETE' };

/** Put, get and delete of one configuration document, under the vendor's names. */
function documentOperations(level: Level, subresource: string, resource: string, ...verbs: Verb[]): Operation[] {
  return verbs.map((verb) => notImplemented(`${verb}${resource}`, methods[verb], level, subresource));
}

/** Operations of the vendor's that this server knows and does not serve. */
export const notImplementedOperations: readonly Operation[] = [
  notImplemented('ListCloudBoxes', 'GET', 'service', 'cloudboxes'),
  notImplemented('ListAccessPoints', 'GET', 'service', 'accessPoint'),
  notImplemented('ListAccessPointsForObjectProcess', 'GET', 'service', 'accessPointForObjectProcess'),
  notImplemented('ListUserDataRedundancyTransition', 'GET', 'service', 'redundancyTransition'),
  notImplemented('WriteGetObjectResponse', 'POST', 'service', 'x-oss-write-get-object-response'),
  notImplemented('DoDataPipeLineAction', 'POST', 'service', 'dataPipeline'),
  notImplemented('GetUserQosInfo', 'GET', 'service', 'qosInfo'),
  notImplemented('ListResourcePools', 'GET', 'service', 'resourcePool'),
  notImplemented('GetResourcePoolInfo', 'GET', 'service', 'resourcePoolInfo'),
  notImplemented('ListResourcePoolBuckets', 'GET', 'service', 'resourcePoolBuckets'),
  ...documentOperations('service', 'requesterQosInfo', 'ResourcePoolRequesterQoSInfo', 'Put', 'Get', 'Delete'),
  notImplemented('ListResourcePoolRequesterQoSInfos', 'GET', 'service', 'qosRequester'),

  notImplemented('PutBucketReplication', 'POST', 'bucket', 'replication', 'comp=add'),
  notImplemented('DeleteBucketReplication', 'POST', 'bucket', 'replication', 'comp=delete'),
  notImplemented('GetBucketReplication', 'GET', 'bucket', 'replication'),
  notImplemented('GetBucketReplicationLocation', 'GET', 'bucket', 'replicationLocation'),
  notImplemented('GetBucketReplicationProgress', 'GET', 'bucket', 'replicationProgress'),
  notImplemented('PutBucketRTC', 'PUT', 'bucket', 'rtc'),
  notImplemented('CreateBucketDataRedundancyTransition', 'POST', 'bucket', 'redundancyTransition'),
  notImplemented(
    'GetBucketDataRedundancyTransition',
    'GET',
    'bucket',
    'redundancyTransition',
    'x-oss-redundancy-transition-taskid',
  ),
  notImplemented('ListBucketDataRedundancyTransition', 'GET', 'bucket', 'redundancyTransition'),
  notImplemented('DeleteBucketDataRedundancyTransition', 'DELETE', 'bucket', 'redundancyTransition'),
  notImplemented('CreateAccessPoint', 'PUT', 'bucket', 'accessPoint'),
  notImplemented('GetAccessPoint', 'GET', 'bucket', 'accessPoint', '@x-oss-access-point-name'),
  notImplemented('ListBucketAccessPoints', 'GET', 'bucket', 'accessPoint'),
  notImplemented('DeleteAccessPoint', 'DELETE', 'bucket', 'accessPoint'),
  ...documentOperations('bucket', 'accessPointPolicy', 'AccessPointPolicy', 'Put', 'Get', 'Delete'),
  notImplemented('CreateAccessPointForObjectProcess', 'PUT', 'bucket', 'accessPointForObjectProcess'),
  notImplemented('GetAccessPointForObjectProcess', 'GET', 'bucket', 'accessPointForObjectProcess'),
  notImplemented('DeleteAccessPointForObjectProcess', 'DELETE', 'bucket', 'accessPointForObjectProcess'),
  ...documentOperations(
    'bucket',
    'accessPointConfigForObjectProcess',
    'AccessPointConfigForObjectProcess',
    'Put',
    'Get',
  ),
  ...documentOperations(
    'bucket',
    'accessPointPolicyForObjectProcess',
    'AccessPointPolicyForObjectProcess',
    'Put',
    'Get',
    'Delete',
  ),
  notImplemented('OpenMetaQuery', 'POST', 'bucket', 'metaQuery', 'comp=add'),
  notImplemented('DoMetaQuery', 'POST', 'bucket', 'metaQuery', 'comp=query'),
  notImplemented('CloseMetaQuery', 'POST', 'bucket', 'metaQuery', 'comp=delete'),
  notImplemented('DoMetaQueryAction', 'POST', 'bucket', 'metaQuery', 'action'),
  notImplemented('GetMetaQueryStatus', 'GET', 'bucket', 'metaQuery'),
  notImplemented('PostAsyncFetchTask', 'POST', 'bucket', 'asyncFetch'),
  notImplemented('GetAsyncFetchTask', 'GET', 'bucket', 'asyncFetch'),
  ...documentOperations('bucket', 'qos', 'BucketStorageCapacity', 'Put', 'Get'),
  ...documentOperations('bucket', 'quota', 'BucketStorageQuota', 'Put', 'Get', 'Delete'),
  notImplemented('CreateBucketMetadataConfiguration', 'POST', 'bucket', 'metadataConfiguration'),
  notImplemented('GetBucketMetadataConfiguration', 'GET', 'bucket', 'metadataConfiguration'),
  notImplemented('DeleteBucketMetadataConfiguration', 'DELETE', 'bucket', 'metadataConfiguration'),
  notImplemented('UpdateBucketMetadataInventoryTableConfiguration', 'PUT', 'bucket', 'metadataInventoryTable'),
  notImplemented('UpdateBucketMetadataJournalTableConfiguration', 'PUT', 'bucket', 'metadataJournalTable'),
  ...documentOperations('bucket', 'qosInfo', 'BucketQosInfo', 'Put', 'Get', 'Delete'),
  ...documentOperations('bucket', 'requesterQosInfo', 'BucketRequesterQosInfo', 'Put', 'Get', 'Delete'),
  notImplemented('ListBucketRequesterQosInfos', 'GET', 'bucket', 'qosRequester'),

  notImplemented('PutLiveChannel', 'PUT', 'object', 'live'),
  notImplemented('DeleteLiveChannel', 'DELETE', 'object', 'live'),
  notImplemented('PutLiveChannelStatus', 'PUT', 'object', 'live', 'status'),
  notImplemented('GetLiveChannelInfo', 'GET', 'object', 'live'),
  notImplemented('GetLiveChannelStat', 'GET', 'object', 'live', 'comp=stat'),
  notImplemented('GetLiveChannelHistory', 'GET', 'object', 'live', 'comp=history'),
  notImplemented('PostVodPlaylist', 'POST', 'object', 'vod'),
  notImplemented('GetVodPlaylist', 'GET', 'object', 'vod'),
  notImplemented('CreateDirectory', 'POST', 'object', 'x-oss-dir'),
  notImplemented('RenameObject', 'POST', 'object', 'x-oss-rename'),
  notImplemented('DeleteDirectory', 'POST', 'object', 'x-oss-delete'),
];
