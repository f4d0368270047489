import { ACS3, RpcError, readFields, resourcesOf, xmlAnswer } from '@millrace/protocol/rpc';
import type { AccessService } from '../domain/access/access-service.ts';
import type { KeyRing } from '../domain/access/principal.ts';
import type { Clock } from '../domain/ports/clock.ts';
import { logDenial } from '../http/denial.ts';
import type { Exchange, FrontEnd } from '../http/exchange.ts';
import { requestFacts } from '../http/request-facts.ts';
import { RpcAuthenticator } from './authenticate.ts';
import { type RpcRequest, readRequest } from './parameters.ts';
import type { RpcHandler, RpcProduct } from './product.ts';
import { wireError } from './wire-errors.ts';

export interface RpcOptions {
  products: readonly RpcProduct[];
  keys: KeyRing;
  access: AccessService;
  clock: Clock;
}

/** How an answer is to be written, and as whose. */
interface Form {
  json: boolean;
  service: string;
  product?: RpcProduct;
}

/** The services with `Action` and `Version` on the main port. Which one is meant only the version tells. */
export class RpcFrontEnd implements FrontEnd {
  #options: RpcOptions;
  #authenticator: RpcAuthenticator;
  #handlers = new Map<RpcProduct, ReadonlyMap<string, RpcHandler>>();

  constructor(options: RpcOptions) {
    this.#options = options;
    const { keys, clock } = options;
    this.#authenticator = new RpcAuthenticator({ keys, now: () => clock.now() });
    for (const product of options.products) {
      this.#handlers.set(product, new Map(product.handlers.map((handler) => [handler.operation.name, handler])));
    }
  }

  async handle(exchange: Exchange): Promise<void> {
    const form: Form = { json: exchange.request.headers['x-acs-action'] !== undefined, service: '' };
    try {
      const request = await readRequest(exchange);
      form.json = wantsJson(request);
      const answer = await this.#serve(exchange, request, form);
      send(exchange, form, 200, `${exchange.operation}Response`, answer);
    } catch (error) {
      this.#sendError(exchange, form, error);
    }
  }

  async #serve(exchange: Exchange, request: RpcRequest, form: Form): Promise<Record<string, unknown>> {
    const { method, headers, parameters } = request;
    if (method !== 'GET' && method !== 'POST') throw new RpcError('UnsupportedHTTPMethod');
    const acs3 = headers.authorization?.startsWith(ACS3) === true;
    const version = (acs3 ? headers['x-acs-version'] : parameters.get('Version')) ?? '';
    const action = (acs3 ? headers['x-acs-action'] : parameters.get('Action')) ?? '';
    const key = await this.#authenticator.verify(request);
    const product = this.#options.products.find(({ service }) => service.versions.includes(version));
    if (!product) throw new RpcError('InvalidVersion');
    form.service = product.service.name;
    form.product = product;
    const handler = this.#handlers.get(product)?.get(action);
    if (!handler) {
      exchange.operation = 'NotImplemented';
      throw unserved(product, action);
    }
    const { operation } = handler;
    exchange.operation = operation.name;
    const input = readFields(operation.input, parameters);
    const principal = { ...key.principal, facts: requestFacts(exchange) };
    if (operation.action !== undefined) {
      // A user that names nobody means itself.
      const own: Record<string, string> = principal.kind === 'user' ? { UserName: principal.name } : {};
      for (const name of resourcesOf(operation, input, own)) {
        await this.#options.access.require(principal, operation.action, { name });
      }
    }
    const requestId = requestIdOf(exchange);
    return { RequestId: requestId, ...(await handler.run(input, { principal, requestId })) };
  }

  #sendError(exchange: Exchange, form: Form, thrown: unknown): void {
    if (exchange.signal.aborted) return;
    logDenial(exchange, thrown);
    let error = form.product?.refusal?.(thrown) ?? wireError(thrown, form.service);
    if (!error) {
      exchange.log.error({ err: thrown, operation: exchange.operation }, 'an action failed');
      error = new RpcError('InternalError');
    }
    const { code, message, status, members } = error;
    const answer = {
      RequestId: requestIdOf(exchange),
      HostId: exchange.request.headers.host ?? '',
      Code: code,
      Message: message,
      Recommend: `https://api.alibabacloud.com/troubleshoot?q=${code}`,
      ...members,
    };
    send(exchange, form, status, 'Error', answer);
  }
}

function unserved({ service }: RpcProduct, action: string): RpcError {
  if (action === '') return new RpcError('MissingAction', 'Action is mandatory for this action.');
  if (service.unavailable?.includes(action)) {
    const reason = `The action ${action} is not available on this installation: it needs trained models.`;
    return new RpcError('UnsupportedOperation', reason);
  }
  const known = service.operations.length === 0 || service.notImplemented.includes(action);
  const named = action.slice(0, 128);
  return known
    ? new RpcError('NotImplemented', `The action ${named} is not implemented by this server.`)
    : new RpcError('InvalidAction.NotFound', `Specified api is not found: ${service.name} has no action ${named}.`);
}

/** Clients of the second generation read JSON only; those of the first say what they want, or get what their service gives. */
function wantsJson({ headers, parameters }: RpcRequest): boolean {
  const format = parameters.get('Format');
  if (format !== undefined && format !== '') return format.toUpperCase() === 'JSON';
  if (headers.authorization?.startsWith(ACS3))
    return !/xml/i.test(headers.accept ?? '') || /json/i.test(headers.accept ?? '');
  return parameters.get('Version') === '2015-04-01';
}

/** The vendor's form: a UUID in capitals. Ours has 24 digits, which the last eight make whole. */
function requestIdOf({ requestId }: Exchange): string {
  const digits = requestId.padEnd(32, '0');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}

function send(
  exchange: Exchange,
  { json }: Form,
  status: number,
  root: string,
  answer: Readonly<Record<string, unknown>>,
): void {
  const body = Buffer.from(json ? JSON.stringify(answer) : xmlAnswer(root, answer));
  exchange.response.writeHead(status, {
    // Letter by letter: clients compare.
    'Content-Type': json ? 'application/json;charset=utf-8' : 'text/xml;charset=utf-8',
    'Content-Length': body.length,
    'x-acs-request-id': requestIdOf(exchange),
  });
  exchange.response.end(body);
}
