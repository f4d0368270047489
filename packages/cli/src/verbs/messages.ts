import { shown } from '../oss-url.ts';
import { exitCodes, UsageError, type Verb } from '../verb.ts';

export const queue: Verb = {
  name: 'queue',
  operands: 'ls | make NAME | rm NAME | stat NAME | send NAME TEXT | receive NAME | peek NAME',
  count: [1, 3],
  summary: 'Work with queues.',
  flags: [
    { name: 'wait', value: 'SECONDS', summary: 'How long receive waits; 10 by default.' },
    { name: 'keep', summary: 'receive does not delete: the message comes again.' },
    { name: 'delay', value: 'SECONDS', summary: 'How long send hides the message.' },
  ],
  async run(call) {
    const mns = await call.mns();
    const { out } = call;
    const [what, name, text] = call.operands;
    if (what === 'ls') {
      let marker: string | undefined;
      do {
        const page = await mns.listQueue(marker === undefined ? {} : { marker });
        for (const one of page.queues) out.result(one, one.queueUrl.split('/').at(-1) ?? '');
        marker = page.nextMarker;
      } while (marker);
      return exitCodes.ok;
    }
    if (name === undefined) throw new UsageError(`queue ${what} needs the name of a queue.`);
    switch (what) {
      case 'make':
        await mns.createQueue({ queue: name });
        out.result({ made: name }, `made ${name}`);
        return exitCodes.ok;
      case 'rm':
        await mns.deleteQueue({ queue: name });
        out.result({ removed: name }, `removed ${name}`);
        return exitCodes.ok;
      case 'stat': {
        const { headers: _, status: __, ...facts } = await mns.getQueueAttributes({ queue: name });
        const lines = Object.entries(facts).map(([key, value]) => `${key.padEnd(24)} ${value}`);
        out.result(facts, lines.join('\n'));
        return exitCodes.ok;
      }
      case 'send': {
        if (text === undefined) throw new UsageError('queue send needs a text.');
        const delaySeconds = call.number('delay');
        const body = { messageBody: text, ...(delaySeconds === undefined ? {} : { delaySeconds }) };
        const { messageId } = await mns.sendMessage({ queue: name, body });
        out.result({ messageId }, messageId);
        return exitCodes.ok;
      }
      case 'receive': {
        const waitSeconds = call.number('wait') ?? 10;
        const message = await mns.receiveMessage({ queue: name, waitSeconds }, { signal: call.signal });
        out.result(message, shown(message.messageBody));
        if (!call.on('keep')) await mns.deleteMessage({ queue: name, receiptHandle: message.receiptHandle });
        return exitCodes.ok;
      }
      case 'peek': {
        const message = await mns.peekMessage({ queue: name });
        out.result(message, shown(message.messageBody));
        return exitCodes.ok;
      }
      default:
        throw new UsageError(`queue knows ls, make, rm, stat, send, receive and peek, not ${what}.`);
    }
  },
};

export const topic: Verb = {
  name: 'topic',
  operands:
    'ls | make NAME | rm NAME | publish NAME TEXT | subscribe NAME SUBSCRIPTION ENDPOINT | unsubscribe NAME SUBSCRIPTION',
  count: [1, 4],
  summary: 'Work with topics and their subscriptions.',
  flags: [],
  async run(call) {
    const mns = await call.mns();
    const { out } = call;
    const [what, name, second, endpoint] = call.operands;
    if (what === 'ls') {
      let marker: string | undefined;
      do {
        const page = await mns.listTopic(marker === undefined ? {} : { marker });
        for (const one of page.topics) out.result(one, one.topicUrl.split('/').at(-1) ?? '');
        marker = page.nextMarker;
      } while (marker);
      return exitCodes.ok;
    }
    if (name === undefined) throw new UsageError(`topic ${what} needs the name of a topic.`);
    const need = (value: string | undefined, of: string): string => {
      if (value === undefined) throw new UsageError(`topic ${what} needs ${of}.`);
      return value;
    };
    switch (what) {
      case 'make':
        await mns.createTopic({ topic: name });
        out.result({ made: name }, `made ${name}`);
        return exitCodes.ok;
      case 'rm':
        await mns.deleteTopic({ topic: name });
        out.result({ removed: name }, `removed ${name}`);
        return exitCodes.ok;
      case 'publish': {
        const { messageId } = await mns.publishMessage({ topic: name, body: { messageBody: need(second, 'a text') } });
        out.result({ messageId }, messageId);
        return exitCodes.ok;
      }
      case 'subscribe': {
        const subscription = need(second, 'the name of a subscription');
        await mns.subscribe({ topic: name, subscription, body: { endpoint: need(endpoint, 'an endpoint') } });
        out.result({ subscribed: subscription }, `subscribed ${subscription}`);
        return exitCodes.ok;
      }
      case 'unsubscribe': {
        const subscription = need(second, 'the name of a subscription');
        await mns.unsubscribe({ topic: name, subscription });
        out.result({ unsubscribed: subscription }, `unsubscribed ${subscription}`);
        return exitCodes.ok;
      }
      default:
        throw new UsageError(`topic knows ls, make, rm, publish, subscribe and unsubscribe, not ${what}.`);
    }
  },
};
