import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { SubscriptionRow, TopicRow } from '../ports/queue-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { NewSubscription, Published, TopicAttributes, TopicName } from './topic-commands.ts';

const defaultTopicAttributes: TopicAttributes = { maximumMessageSize: 65_536, loggingEnabled: false };

/** How long the vendor keeps a published message that cannot be delivered yet. */
export const TOPIC_RETENTION_SECONDS = 86_400;

export type SubscriptionName = TopicName & { subscription: string };

/** Topics and their subscriptions, as one account sees them. Errors are `DomainError`s of the kinds TopicMissing, TopicExists, SubscriptionMissing, SubscriptionExists, QueueMissing, InvalidArgument. */
export class TopicService {
  #records: RecordStore;
  #clock: Clock;
  #identities: Identities;

  constructor({ records, clock, identities }: { records: RecordStore; clock: Clock; identities: Identities }) {
    this.#records = records;
    this.#clock = clock;
    this.#identities = identities;
  }

  /** Attributes left out take their defaults. `created` is false when the topic existed with the same attributes. */
  create(name: TopicName, attributes: Partial<TopicAttributes>): Promise<{ created: boolean }> {
    return this.#records.transact('createTopic', {
      ...name,
      attributes: { ...defaultTopicAttributes, ...attributes },
      nowMs: this.#clock.now(),
    });
  }

  setAttributes(name: TopicName, attributes: Partial<TopicAttributes>): Promise<void> {
    return this.#records.transact('setTopicAttributes', { ...name, attributes, nowMs: this.#clock.now() });
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
  publish(name: TopicName, message: { body: string; tag?: string }): Promise<Published> {
    return this.#records.transact('publishMessage', {
      ...name,
      ...message,
      messageId: this.#identities.message(),
      token: this.#identities.token(),
      nowMs: this.#clock.now(),
    });
  }

  subscribe(subscription: Omit<NewSubscription, 'nowMs'>): Promise<{ created: boolean }> {
    return this.#records.transact('subscribe', { ...subscription, nowMs: this.#clock.now() });
  }

  setSubscription(
    name: SubscriptionName,
    attributes: Partial<Pick<SubscriptionRow, 'notifyStrategy' | 'filterTag'>>,
  ): Promise<void> {
    return this.#records.transact('setSubscriptionAttributes', { ...name, attributes, nowMs: this.#clock.now() });
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
