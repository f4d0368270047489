import { operation } from '../operation.ts';
import { base64Text } from '../vocabulary.ts';

/**
 * The topic is documented as required, yet the vendor's own samples
 * leave it out: then the task runs and nothing is published.
 */
export const notify = operation('sys/notify', {
  summary: 'Publish the end of the task to a topic.',
  door: 'async',
  params: { topic: base64Text('Name of the topic.').optional() },
  examples: ['sys/notify,topic_dGVzdA=='],
});
