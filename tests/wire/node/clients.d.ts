/** What these tests use of two clients that ship no types, or types that do not cover it. */
declare module 'ali-oss' {
  interface Answer {
    res: { status: number; headers: Record<string, string>; data?: Buffer };
  }
  interface Options {
    region: string;
    endpoint?: string;
    accessKeyId: string;
    accessKeySecret: string;
    stsToken?: string;
    bucket?: string;
    sldEnable?: boolean;
    cname?: boolean;
    authorizationV4?: boolean;
  }
  interface Versioned {
    versionId?: string;
    headers?: Record<string, string>;
  }
  interface Checkpoint {
    uploadId: string;
    doneParts: { number: number; etag: string }[];
  }
  interface Credentials {
    AccessKeyId: string;
    AccessKeySecret: string;
    SecurityToken: string;
    Expiration: string;
  }
  class STS {
    constructor(options: { accessKeyId: string; accessKeySecret: string; endpoint: string });
    assumeRole(
      role: string,
      policy: object | string | undefined,
      seconds: number,
      session: string,
    ): Promise<{ credentials: Credentials }>;
  }
  export default class OSS {
    static STS: typeof STS;
    constructor(options: Options);
    useBucket(name: string): void;
    putBucket(name: string): Promise<Answer & { bucket: string }>;
    deleteBucket(name: string): Promise<Answer>;
    listBuckets(
      query?: Record<string, string | number>,
    ): Promise<Answer & { buckets: { name: string; tag: Record<string, string> }[] | null }>;
    getBucketInfo(name: string): Promise<Answer & { bucket: { Name: string } }>;
    put(
      name: string,
      body: Buffer,
      options?: {
        meta?: Record<string, string>;
        headers?: Record<string, string>;
        callback?: { url: string; body: string; contentType?: string; customValue?: Record<string, string> };
      },
    ): Promise<Answer & { name: string; data?: unknown }>;
    putBucketCORS(name: string, rules: Record<string, string | string[]>[]): Promise<Answer>;
    getBucketCORS(name: string): Promise<Answer & { rules: Record<string, string | string[]>[] }>;
    deleteBucketCORS(name: string): Promise<Answer>;
    putBucketReferer(name: string, allowEmpty: boolean, referers: string[]): Promise<Answer>;
    getBucketReferer(name: string): Promise<Answer & { allowEmpty: boolean; referers: string[] | null }>;
    deleteBucketReferer(name: string): Promise<Answer>;
    putBucketWebsite(name: string, site: Record<string, string>): Promise<Answer>;
    getBucketWebsite(
      name: string,
    ): Promise<Answer & { index: string; supportSubDir: string; type: string; error: string | null }>;
    deleteBucketWebsite(name: string): Promise<Answer>;
    putBucketLogging(name: string, prefix: string): Promise<Answer>;
    getBucketLogging(name: string): Promise<Answer & { enable: boolean; prefix: string | null }>;
    deleteBucketLogging(name: string): Promise<Answer>;
    putBucketTags(name: string, tags: Record<string, string>): Promise<Answer>;
    getBucketTags(name: string): Promise<Answer & { tag: Record<string, string> }>;
    deleteBucketTags(name: string): Promise<Answer>;
    putBucketRequestPayment(name: string, payer: 'BucketOwner' | 'Requester'): Promise<Answer>;
    getBucketRequestPayment(name: string): Promise<Answer & { payer: string }>;
    putStream(name: string, body: NodeJS.ReadableStream): Promise<Answer>;
    get(name: string, options?: { process?: string } & Versioned): Promise<Answer & { content: Buffer }>;
    head(name: string, options?: Versioned): Promise<Answer & { meta: Record<string, string> | null; status: number }>;
    getObjectMeta(name: string, options?: Versioned): Promise<Answer>;
    delete(name: string, options?: Versioned): Promise<Answer>;
    deleteMulti(
      names: (string | { key: string; versionId: string })[],
      options?: { quiet?: boolean },
    ): Promise<Answer & { deleted?: { Key: string }[] }>;
    copy(name: string, source: string, options?: Versioned): Promise<Answer & { data: { etag: string } }>;
    putBucketVersioning(name: string, status: 'Enabled' | 'Suspended'): Promise<Answer>;
    getBucketVersioning(name: string): Promise<Answer & { versionStatus: string | undefined }>;
    getBucketVersions(query: Record<string, string | number>): Promise<
      Answer & {
        objects: { name: string; versionId: string; restoreInfo?: { ongoingRequest: boolean } }[];
        deleteMarker: { name: string; versionId: string }[];
        isTruncated: boolean;
        nextKeyMarker: string | null;
        nextVersionIdMarker: string | null;
      }
    >;
    putObjectTagging(name: string, tag: Record<string, string>, options?: Versioned): Promise<Answer>;
    getObjectTagging(name: string, options?: Versioned): Promise<Answer & { tag: Record<string, string> }>;
    deleteObjectTagging(name: string, options?: Versioned): Promise<Answer>;
    putACL(name: string, acl: string, options?: Versioned): Promise<Answer>;
    getACL(name: string, options?: Versioned): Promise<Answer & { acl: string }>;
    putSymlink(name: string, target: string): Promise<Answer>;
    getSymlink(name: string, options?: Versioned): Promise<Answer & { targetName: string }>;
    restore(name: string, options: { type: string } & Versioned): Promise<Answer>;
    append(
      name: string,
      body: Buffer,
      options?: { position?: string | number },
    ): Promise<Answer & { nextAppendPosition: string }>;
    list(query: Record<string, string | number>): Promise<
      Answer & {
        objects?: { name: string; owner: { id: string } }[];
        prefixes: string[] | null;
        isTruncated: boolean;
        nextMarker: string | null;
      }
    >;
    listV2(
      query: Record<string, string | number>,
    ): Promise<Answer & { objects?: { name: string }[]; isTruncated: boolean; nextContinuationToken?: string }>;
    multipartUpload(
      name: string,
      file: string,
      options: {
        partSize: number;
        parallel?: number;
        checkpoint?: Checkpoint | undefined;
        progress?: (done: number, checkpoint: Checkpoint) => Promise<void> | void;
      },
    ): Promise<Answer & { etag: string }>;
    listUploads(
      query: Record<string, string | number>,
    ): Promise<Answer & { uploads: { name: string; uploadId: string }[] }>;
    listParts(
      name: string,
      uploadId: string,
    ): Promise<Answer & { parts: { PartNumber: string }[] | { PartNumber: string } }>;
    abortMultipartUpload(name: string, uploadId: string): Promise<Answer>;
    processObjectSave(
      source: string,
      target: string,
      process: string,
      bucket?: string,
    ): Promise<Answer & { status: number }>;
    signatureUrl(name: string, options?: { expires?: number; process?: string; method?: string }): string;
    /** With V1: the fields of a form that a browser may post. */
    calculatePostSignature(policy: object): { OSSAccessKeyId: string; Signature: string; policy: string };
    signPostObjectPolicyV4(policy: object, date: Date): string;
    cancel(): void;
  }
}

declare module '@alicloud/mns' {
  interface Answer<T> {
    code: number;
    headers: Record<string, string>;
    body: T;
  }
  export default class Client {
    constructor(accountId: string, options: { accessKeyId: string; accessKeySecret: string; endpoint: string });
    createQueue(name: string, settings?: Record<string, string | number>): Promise<Answer<unknown>>;
    deleteQueue(name: string): Promise<Answer<unknown>>;
    getQueueAttributes(name: string): Promise<Answer<Record<string, string>>>;
    sendMessage(
      queue: string,
      message: Record<string, string | number>,
    ): Promise<Answer<{ MessageId: string; MessageBodyMD5: string }>>;
    receiveMessage(
      queue: string,
      waitSeconds?: number,
    ): Promise<Answer<Record<string, string> & { ReceiptHandle: string; MessageBody: string }>>;
    batchReceiveMessage(
      queue: string,
      count: number,
      waitSeconds?: number,
    ): Promise<Answer<{ ReceiptHandle: string; MessageBody: string }[]>>;
    deleteMessage(queue: string, receiptHandle: string): Promise<Answer<unknown>>;
    changeMessageVisibility(
      queue: string,
      receiptHandle: string,
      seconds: number,
    ): Promise<Answer<{ ReceiptHandle: string }>>;
    createTopic(name: string, settings?: Record<string, string | number>): Promise<Answer<unknown>>;
    deleteTopic(name: string): Promise<Answer<unknown>>;
    publishMessage(topic: string, message: Record<string, string>): Promise<Answer<{ MessageId: string }>>;
  }
}

declare module '@alicloud/pop-core' {
  export default class Core {
    constructor(options: { accessKeyId: string; accessKeySecret: string; endpoint: string; apiVersion: string });
    request<T>(action: string, parameters: object, options: { method: string }): Promise<T>;
  }
}

declare module '@alicloud/sts20150401' {
  class Client {
    constructor(config: object);
    getCallerIdentity(): Promise<{ body: { accountId: string } }>;
  }
  const client: { default: typeof Client };
  export default client;
}

declare module 'ali-mns' {
  interface Received {
    MessageId: string;
    MessageBody: string;
    ReceiptHandle: string;
    DequeueCount: string;
  }
  /** Names and answers as XML has them: one of several is no list. */
  class Account {
    constructor(accountId: string, keyId: string, keySecret: string);
    setGA(enabled: boolean): void;
  }
  class Region {
    constructor(city: string, network: string, zone: string);
  }
  class Msg {
    constructor(text: string, priority?: number, delaySeconds?: number);
  }
  class MNSTopic {
    constructor(account: Account, region: Region);
    createP(name: string, settings?: object): Promise<unknown>;
    deleteP(name: string): Promise<unknown>;
    listP(prefix: string, pageSize: number): Promise<{ Queues: { Queue: { QueueURL: string } } }>;
    createTopicP(name: string, settings?: object): Promise<unknown>;
    deleteTopicP(name: string): Promise<unknown>;
    listTopicP(prefix: string, pageSize: number): Promise<{ Topics: { Topic: { TopicURL: string } } }>;
  }
  class MQBatch {
    constructor(name: string, account: Account, region: Region);
    getAttrsP(): Promise<{ Queue: Record<string, string> }>;
    setAttrsP(settings: object): Promise<unknown>;
    sendP(message: string, priority?: number, delaySeconds?: number): Promise<{ Message: { MessageId: string } }>;
    sendP(messages: Msg[]): Promise<{ Messages: { Message: { MessageId: string }[] } }>;
    recvP(waitSeconds: number, most: 1): Promise<{ Message: Received }>;
    recvP(waitSeconds: number, most: number): Promise<{ Messages: { Message: Received[] } }>;
    peekP(most: 1): Promise<{ Message: Received }>;
    reserveP(handle: string, seconds: number): Promise<{ ChangeVisibility: { ReceiptHandle: string } }>;
    deleteP(handles: string[]): Promise<unknown>;
  }
  class Topic {
    constructor(name: string, account: Account, region: Region);
    getAttrsP(): Promise<{ Topic: Record<string, string> }>;
    subscribeP(name: string, endpoint: string, strategy: string, format: string, tag?: string): Promise<unknown>;
    unsubscribeP(name: string): Promise<unknown>;
    listP(prefix: string, pageSize: number): Promise<{ Subscriptions: { Subscription: { SubscriptionURL: string } } }>;
    publishP(text: string, base64: boolean, tag?: string): Promise<{ Message: { MessageId: string } }>;
  }
  class Subscription {
    constructor(name: string, topic: Topic);
    getAttrsP(): Promise<{ Subscription: Record<string, string> }>;
    setAttrsP(settings: object): Promise<unknown>;
  }
  const client: {
    Account: typeof Account;
    Region: typeof Region;
    Msg: typeof Msg;
    MNSTopic: typeof MNSTopic;
    MQBatch: typeof MQBatch;
    Topic: typeof Topic;
    Subscription: typeof Subscription;
  };
  export default client;
}
