import type { AccessService } from '../domain/access/access-service.ts';
import type { Principal } from '../domain/access/principal.ts';
import type { MessagingAccounts } from '../domain/queues/messaging-accounts.ts';
import type { QueueService } from '../domain/queues/queue-service.ts';
import type { TopicService } from '../domain/queues/topic-service.ts';

export interface MnsOpenServices {
  queues: QueueService;
  topics: TopicService;
  account: MessagingAccounts;
  access: AccessService;
  region: string;
  /** Begins the URLs in answers. */
  publicUrl(): string;
}

/** Whoever has messages written to a queue later needs the right to write there now. */
export async function requireSending(access: AccessService, principal: Principal, queue: string): Promise<void> {
  await access.require(principal, 'mns:SendMessage', { name: `/queues/${queue}/messages` });
}
