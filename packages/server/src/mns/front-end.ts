import type { ServerResponse } from 'node:http';
import { encodeDocument, errorDocument, MnsError, type Operation, selectOperation } from '@millrace/protocol/mns';
import type { AccessService } from '../domain/access/access-service.ts';
import type { KeyRing } from '../domain/access/principal.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { MessagingAccounts } from '../domain/queues/messaging-accounts.ts';
import type { QueueService } from '../domain/queues/queue-service.ts';
import type { TopicService } from '../domain/queues/topic-service.ts';
import { readBody } from '../http/body.ts';
import { PUSH_CERTIFICATE_PATH } from '../http/choose-protocol.ts';
import { logDenial } from '../http/denial.ts';
import type { Exchange, FrontEnd } from '../http/exchange.ts';
import { requestFacts } from '../http/request-facts.ts';
import { authenticate } from './authenticate.ts';
import { checkDigest, chooseByBody, decodeInput, decodeTarget, parseBody } from './decode.ts';
import type { Context, Reply } from './handler.ts';
import { handlers } from './handlers.ts';
import { requireReach } from './public-reach.ts';
import { wireError } from './wire-errors.ts';

/** 16 messages of 64 KiB, of which every character may be written as an entity of five or six. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface MnsFrontEndOptions {
  queues: QueueService;
  topics: TopicService;
  keys: KeyRing;
  access: AccessService;
  account: MessagingAccounts;
  /** PEM of what pushes are verified with. */
  pushCertificate: () => Promise<string>;
  clock: Clock;
  /** Begins the URLs in answers, without a slash at the end; undefined takes the host each client used. */
  publicUrl?: string;
}

/** Speaks MNS (SMQ), version 2015-06-06. */
export class MnsFrontEnd implements FrontEnd {
  #options: MnsFrontEndOptions;

  constructor(options: MnsFrontEndOptions) {
    this.#options = options;
  }

  async handle(exchange: Exchange): Promise<void> {
    const baseUrl = this.#baseUrl(exchange);
    try {
      if (exchange.request.url === PUSH_CERTIFICATE_PATH && exchange.request.method === 'GET') {
        await this.#sendCertificate(exchange);
        return;
      }
      const { operation, reply } = await this.#run(exchange, baseUrl);
      if (!exchange.signal.aborted) {
        sendReply(exchange, operation, reply, baseUrl);
        return;
      }
      if ('undelivered' in reply) await reply.undelivered?.();
    } catch (error) {
      if (exchange.signal.aborted) return;
      sendError(exchange, error, baseUrl);
    }
  }

  /** Public, as certificates are: receivers fetch it to verify a push. */
  async #sendCertificate(exchange: Exchange): Promise<void> {
    const pem = Buffer.from(await this.#options.pushCertificate(), 'latin1');
    exchange.operation = 'GetPushCertificate';
    exchange.response.writeHead(200, { 'Content-Type': 'application/x-pem-file', 'Content-Length': pem.length });
    exchange.response.end(pem);
  }

  #baseUrl({ request }: Exchange): string {
    return this.#options.publicUrl ?? `http://${request.headers.host ?? 'localhost'}`;
  }

  async #run(exchange: Exchange, baseUrl: string): Promise<{ operation: Operation; reply: Reply<unknown, unknown> }> {
    const { queues, topics, account, keys, access, clock } = this.#options;
    const { request } = exchange;
    const method = request.method ?? 'GET';
    const raw = request.url ?? '/';
    const key = await authenticate(
      { method, targets: targetSpellings(raw), headers: request.headers, nowMs: clock.now() },
      keys,
    );
    await requireReach(account, key.accountId, request.socket.remoteAddress);
    const target = decodeTarget(raw);
    const selected = selectOperation(method, target.segments, target.query);
    if (selected === undefined) throw new MnsError('InvalidRequestURL');
    exchange.operation = selected.candidates[0]?.name ?? '';
    const bytes = await readBody(exchange, MAX_BODY_BYTES);
    checkDigest(bytes, request.headers['content-md5']?.toString());
    // What does not take a body may still be sent one, and then it does not matter what is in it.
    const wantsBody = selected.candidates.some((operation) => operation.request !== undefined);
    const body = wantsBody ? parseBody(bytes) : undefined;
    const operation = chooseByBody(selected.candidates, body);
    exchange.operation = operation.name;
    const handler = handlers.get(operation.name);
    if (handler === undefined) {
      throw new MnsError('NotImplemented', `${operation.name} is not implemented by this server.`);
    }
    const input = decodeInput(operation, { path: selected.path, query: target.query, headers: request.headers, body });
    const principal = { ...key.principal, facts: requestFacts(exchange) };
    const require: Context['require'] = async (action, name) => access.require(principal, action, { name });
    await require(operation.action, `/${target.segments.join('/')}`);
    const { accountId } = key;
    const context = { queues, topics, account, accountId, require, signal: exchange.signal, baseUrl };
    return { operation, reply: await handler.run(input, context) };
  }
}

/**
 * The Go client signs one leading slash while its URL has two when its endpoint ends with one; on some ways here they
 * are still two.
 */
function targetSpellings(raw: string): string[] {
  const collapsed = raw.replace(/^\/{2,}/, '/');
  return collapsed === raw ? [raw] : [raw, collapsed];
}

function sendReply(exchange: Exchange, operation: Operation, reply: Reply<unknown, unknown>, baseUrl: string): void {
  if ('partial' in reply) {
    const { partial } = operation;
    if (partial === undefined) throw new Error(`${operation.name} declares no answer for a batch that failed in part.`);
    sendXml(exchange, partial.status, encodeDocument(partial.body, reply.partial));
    return;
  }
  const { success } = operation;
  const { undelivered, location, value } = reply;
  if (undelivered !== undefined) whenUndelivered(exchange.response, undelivered);
  if (success.body !== undefined) {
    sendXml(exchange, success.status, encodeDocument(success.body, value));
    return;
  }
  const status = reply.existed === true ? 204 : success.status;
  exchange.response.writeHead(status, {
    ...commonHeaders(exchange),
    ...(location === undefined ? {} : { Location: `${baseUrl}${location}` }),
    ...(status === 204 ? {} : { 'Content-Length': 0 }),
  });
  exchange.response.end();
}

/** Calls back when the connection ends before the whole answer has been handed to the operating system. */
function whenUndelivered(response: ServerResponse, undelivered: () => Promise<void>): void {
  response.once('close', () => {
    if (!response.writableFinished) void undelivered();
  });
}

function sendError(exchange: Exchange, thrown: unknown, baseUrl: string): void {
  logDenial(exchange, thrown);
  const known = wireError(thrown);
  if (known === undefined) exchange.log.error({ err: thrown, operation: exchange.operation }, 'an operation failed');
  const error = known ?? new MnsError('InternalError');
  const answer = encodeDocument(errorDocument, {
    code: error.code,
    message: error.message,
    requestId: exchange.requestId,
    hostId: baseUrl,
  });
  sendXml(exchange, error.status, answer);
}

function sendXml(exchange: Exchange, status: number, xml: string): void {
  exchange.response.writeHead(status, { ...commonHeaders(exchange), 'Content-Length': Buffer.byteLength(xml) });
  // As text it goes out with the head in one piece.
  exchange.response.end(xml);
}

/** In the vendor's spelling, letter by letter: the Java client looks headers up case-sensitively. */
const commonHeaders = (exchange: Exchange): Record<string, string> => ({
  Server: 'AliyunMQS',
  'Content-Type': 'text/xml;charset=utf-8',
  'x-mns-request-id': exchange.requestId,
  'x-mns-version': '2015-06-06',
});
