import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseXml } from '../xml/index.ts';
import { errorDocument } from './error-answer.ts';
import { MnsError } from './errors.ts';
import { createQueue, getQueueAttributes, listQueue } from './queue.ts';
import { batchReceiveMessage, receiveMessage } from './receive-message.ts';
import { batchSendMessage, sendMessage } from './send-message.ts';
import { type Document, document, encodeDocument, required, struct, text } from './shape.ts';

const bodyOf = <T>(success: { body?: Document<T> }): Document<T> => {
  assert.ok(success.body);
  return success.body;
};

const md5 = '5EB63BBBE01EEED093CB22BB8F5ACDC3';
const messageId = '7F3D61FE01E5656C7F9D712CF45CA356';

test('lays out the answer to a send as the vendor does, in 208 bytes', () => {
  const xml = encodeDocument(bodyOf(sendMessage.success), { messageId, messageBodyMd5: md5 });
  assert.equal(
    xml,
    '<?xml version="1.0" ?>\n<Message xmlns="http://mns.aliyuncs.com/doc/v1">\n' +
      `  <MessageId>${messageId}</MessageId>\n  <MessageBodyMD5>${md5}</MessageBodyMD5>\n</Message>`,
  );
  assert.equal(Buffer.byteLength(xml), 208);
});

test('lays out the answer to a delayed send, with a handle of 37 characters, in 279 bytes', () => {
  const receiptHandle = `8-${'x'.repeat(35)}`;
  const xml = encodeDocument(bodyOf(sendMessage.success), { messageId, messageBodyMd5: md5, receiptHandle });
  assert.equal(Buffer.byteLength(xml), 279);
});

test('indents the messages of a batch and ends nested elements on lines of their own', () => {
  const message = {
    messageId,
    receiptHandle: '8-1-0',
    messageBodyMd5: md5,
    messageBody: 'a<b>&"c"\r\n',
    enqueueTime: 1,
    nextVisibleTime: 2,
    firstDequeueTime: 3,
    dequeueCount: 1,
    priority: 8,
  };
  const xml = encodeDocument(bodyOf(batchReceiveMessage.success), { messages: [message] });
  assert.match(xml, /^<\?xml version="1\.0" \?>\n<Messages xmlns="[^"]+">\n {2}<Message>\n {4}<MessageId>/);
  assert.match(xml, / {4}<MessageBody>a&lt;b&gt;&amp;"c"&#13;\n<\/MessageBody>\n/);
  assert.match(xml, / {4}<Priority>8<\/Priority>\n {2}<\/Message>\n<\/Messages>$/);
});

test('leaves nothing inside the root of an empty list', () => {
  assert.equal(
    encodeDocument(bodyOf(listQueue.success), { queues: [] }),
    '<?xml version="1.0" ?>\n<Queues xmlns="http://mns.aliyuncs.com/doc/v1"/>',
  );
});

test('writes booleans as True and False', () => {
  const attributes = bodyOf(getQueueAttributes.success).shape.write(
    'Queue',
    {
      queueName: 'q',
      createTime: 1,
      lastModifyTime: 1,
      delaySeconds: 0,
      maximumMessageSize: 65536,
      messageRetentionPeriod: 345600,
      visibilityTimeout: 30,
      pollingWaitSeconds: 0,
      activeMessages: 0,
      inactiveMessages: 0,
      delayMessages: 0,
      loggingEnabled: false,
    },
    '',
  );
  assert.match(attributes, /<LoggingEnabled>False<\/LoggingEnabled>/);
});

test('gives an error all four children', () => {
  const xml = encodeDocument(errorDocument, { code: 'C', message: 'M', requestId: 'R', hostId: 'http://h' });
  assert.match(
    xml,
    /<Code>C<\/Code>\n {2}<Message>M<\/Message>\n {2}<RequestId>R<\/RequestId>\n {2}<HostId>http:\/\/h</,
  );
});

test('reads back any text it wrote', () => {
  const shape = document('D', struct({ body: required('Body', text()) }));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (raw) => {
      // XML 1.0 cannot carry these in any form.
      const body = raw.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
      assert.equal(shape.shape.read(parseXml(encodeDocument(shape, { body }))).body, body);
    }),
    { numRuns: 50 },
  );
});

test('reads a request with any namespace, unknown elements, CDATA and entities', () => {
  const read = (xml: string) => {
    assert.ok(sendMessage.request);
    return sendMessage.request.shape.read(parseXml(xml));
  };
  assert.deepEqual(
    read(
      '<Message xmlns="http://mns.aliyuncs.com/doc/v1/"><MessageBody><![CDATA[a<b]]>&#x1F600;&amp;</MessageBody>' +
        '<Unknown>1</Unknown><Priority>1</Priority></Message>',
    ),
    { messageBody: 'a<b😀&', priority: 1 },
  );
  assert.throws(() => read('<Message><MessageBody></MessageBody></Message>'), /should not be empty/);
  assert.throws(
    () => read('<Message><MessageBody>x</MessageBody><Priority>17</Priority></Message>'),
    /between 0 and 16/,
  );
  assert.throws(() => read('<Message><MessageBody>a <b/></MessageBody></Message>'), /must hold text only/);
});

test('names the element and its bounds when a value is out of range', () => {
  const { request } = createQueue;
  assert.ok(request);
  for (const value of ['0', '43201', '1.5', 'x', '', '-1', '1e3']) {
    assert.throws(
      () => request.shape.read(parseXml(`<Queue><VisibilityTimeout>${value}</VisibilityTimeout></Queue>`)),
      (error) =>
        error instanceof MnsError &&
        error.code === 'InvalidArgument' &&
        /VisibilityTimeout should between 1 and 43200 seconds/.test(error.message),
      value,
    );
  }
  assert.deepEqual(
    request.shape.read(
      parseXml('<Queue><DelaySeconds> 5 </DelaySeconds><LoggingEnabled>tRUE</LoggingEnabled></Queue>'),
    ),
    { delaySeconds: 5, loggingEnabled: true },
  );
});

test('bounds the messages of a batch', () => {
  const { request } = batchSendMessage;
  assert.ok(request);
  const batch = (size: number) =>
    parseXml(`<Messages>${'<Message><MessageBody>x</MessageBody></Message>'.repeat(size)}</Messages>`);
  assert.equal(request.shape.read(batch(16)).messages.length, 16);
  for (const size of [0, 17]) assert.throws(() => request.shape.read(batch(size)), /between 1 and 16/);
});

test('lists the elements of a received message in the order of the vendor', () => {
  const xml = encodeDocument(bodyOf(receiveMessage.success), {
    priority: 8,
    dequeueCount: 1,
    firstDequeueTime: 1,
    nextVisibleTime: 1,
    enqueueTime: 1,
    messageBody: 'b',
    messageBodyMd5: md5,
    receiptHandle: 'h',
    messageId,
  });
  assert.deepEqual(
    parseXml(xml).children.map((child) => child.name),
    [
      'MessageId',
      'ReceiptHandle',
      'MessageBodyMD5',
      'MessageBody',
      'EnqueueTime',
      'NextVisibleTime',
      'FirstDequeueTime',
      'DequeueCount',
      'Priority',
    ],
  );
});
