import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { MessageTraits, SubscriptionRow, SubscriptionTraits, TopicRow } from '../ports/queue-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { NewSubscription, Published, TopicAttributes, TopicName } from './topic-commands.ts';

const defaultTopicAttributes: TopicAttributes = { maximumMessageSize: 65_536, loggingEnabled: false };

/** How long the vendor keeps a published message that cannot be delivered yet. */
export const TOPIC_RETENTION_SECONDS = 86_400;

export interface TopicServiceOptions {
  records: RecordStore;
  clock: Clock;
  identities: Identities;
  /** Throws InvalidArgument for an endpoint that nothing would ever be sent to. */
  checkEndpoint?: (endpoint: string) => void;
}

export type SubscriptionName = TopicName & { subscription: string };

/** Topics and their subscriptions, as one account sees them. Errors are `DomainError`s of the kinds TopicMissing, TopicExists, SubscriptionMissing, SubscriptionExists, QueueMissing, InvalidArgument. */
export class TopicService {
  #records: RecordStore;
  #clock: Clock;
  #identities: Identities;
  #checkEndpoint: (endpoint: string) => void;

  constructor({ records, clock, identities, checkEndpoint = () => {} }: TopicServiceOptions) {
    this.#records = records;
    this.#clock = clock;
    this.#identities = identities;
    this.#checkEndpoint = checkEndpoint;
  }

  /** Attributes left out take their defaults. `created` is false when the topic existed with the same attributes. */
  create(
    name: TopicName,
    attributes: Partial<TopicAttributes>,
    traits: TopicRow['traits'] = {},
  ): Promise<{ created: boolean }> {
    return this.#records.transact('createTopic', {
      ...name,
      attributes: { ...defaultTopicAttributes, ...attributes },
      traits,
      nowMs: this.#clock.now(),
    });
  }

  setAttributes(name: TopicName, attributes: Partial<TopicAttributes>, traits: TopicRow['traits'] = {}): Promise<void> {
    return this.#records.transact('setTopicAttributes', { ...name, attributes, traits, nowMs: this.#clock.now() });
  }

  /** Its subscriptions go with it. */
  delete(name: TopicName): Promise<void> {
    return this.#records.transact('deleteTopic', name);
  }

  async describe({ accountId, topic }: TopicName): Promise<TopicRow> {
    const row = await this.#records.reads.topics.byName(accountId, topic);
    if (row === undefined) throw new DomainError('TopicMissing', { topic });
    return row;
  }

  /** How many copies of published messages wait to be delivered. */
  async waiting(topic: TopicRow): Promise<number> {
    const { topics, pushes } = this.#records.reads;
    const rows = await topics.subscriptions({ topicId: topic.id, prefix: '', after: '', limit: 1000 });
    const counts = await Promise.all(rows.map(async ({ id }) => pushes.waiting(id)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** A page in name order, strictly after `after`; `next` is what to continue after, if there is more. */
  async list(query: {
    accountId: string;
    prefix: string;
    after: string;
    limit: number;
  }): Promise<{ topics: TopicRow[]; next?: string }> {
    const rows = await this.#records.reads.topics.page({ ...query, limit: query.limit + 1 });
    const topics = rows.slice(0, query.limit);
    const last = topics.at(-1);
    return rows.length > query.limit && last !== undefined ? { topics, next: last.name } : { topics };
  }

  /** Only who is subscribed now gets the message: a topic keeps nothing for later subscribers. */
  publish(name: TopicName, message: { body: string; tag?: string; traits?: MessageTraits }): Promise<Published> {
    return this.#records.transact('publishMessage', {
      ...name,
      ...message,
      messageId: this.#identities.message(),
      token: this.#identities.token(),
      nowMs: this.#clock.now(),
    });
  }

  /** A queue must be there; a URL must be one that pushes may go to. */
  async subscribe(subscription: Omit<NewSubscription, 'nowMs'>): Promise<{ created: boolean }> {
    this.#checkEndpoint(subscription.endpoint);
    return this.#records.transact('subscribe', { ...subscription, nowMs: this.#clock.now() });
  }

  setSubscription(
    name: SubscriptionName,
    attributes: Partial<Pick<SubscriptionRow, 'notifyStrategy' | 'filterTag'>>,
    traits: SubscriptionTraits = {},
  ): Promise<void> {
    return this.#records.transact('setSubscriptionAttributes', {
      ...name,
      attributes,
      traits,
      nowMs: this.#clock.now(),
    });
  }

  unsubscribe(name: SubscriptionName): Promise<void> {
    return this.#records.transact('unsubscribe', name);
  }

  async describeSubscription(name: SubscriptionName): Promise<SubscriptionRow> {
    const topic = await this.describe(name);
    const row = await this.#records.reads.topics.subscription(topic.id, name.subscription);
    if (row === undefined) throw new DomainError('SubscriptionMissing', { subscription: name.subscription });
    return row;
  }

  async listSubscriptions(
    name: TopicName,
    query: { prefix: string; after: string; limit: number },
  ): Promise<{ subscriptions: SubscriptionRow[]; next?: string }> {
    const topic = await this.describe(name);
    const rows = await this.#records.reads.topics.subscriptions({
      ...query,
      topicId: topic.id,
      limit: query.limit + 1,
    });
    const subscriptions = rows.slice(0, query.limit);
    const last = subscriptions.at(-1);
    return rows.length > query.limit && last !== undefined ? { subscriptions, next: last.name } : { subscriptions };
  }
}
