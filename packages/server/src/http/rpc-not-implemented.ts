import { escapeXml, PROLOG } from '@millrace/protocol/xml';
import { readBody } from './body.ts';
import type { Exchange, FrontEnd } from './exchange.ts';

const FORM_LIMIT = 1024 * 1024;

/** Answers the RPC protocols (IMM, STS) in their own error shape until they are served: a client sees what is missing. */
export class RpcNotImplemented implements FrontEnd {
  async handle(exchange: Exchange): Promise<void> {
    const { request, response, requestId } = exchange;
    const target = request.url ?? '';
    const question = target.indexOf('?');
    const parameters = new URLSearchParams(question < 0 ? '' : target.slice(question + 1));
    if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) {
      const form = await readBody(exchange, FORM_LIMIT).catch(() => Buffer.alloc(0));
      for (const [name, value] of new URLSearchParams(form.toString('utf8'))) parameters.append(name, value);
    }
    const actionHeader = request.headers['x-acs-action'];
    const action = (typeof actionHeader === 'string' ? actionHeader : parameters.get('Action')) ?? '';
    // The same for every action: the name becomes a series of the metrics, and this one is chosen by anybody who asks.
    exchange.operation = 'NotImplemented';
    const error = {
      RequestId: requestId,
      HostId: request.headers.host ?? '',
      Code: 'NotImplemented',
      Message: `The action ${action.slice(0, 128)} is not implemented by this server.`,
    };
    // RPC clients of the first generation read XML unless they ask for JSON; the others read JSON only.
    const json = parameters.get('Format')?.toUpperCase() === 'JSON' || actionHeader !== undefined;
    const body = json
      ? JSON.stringify(error)
      : `${PROLOG}<Error>${Object.entries(error)
          .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
          .join('')}</Error>`;
    response.writeHead(501, {
      'content-type': json ? 'application/json;charset=utf-8' : 'text/xml;charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'x-acs-request-id': requestId,
    });
    response.end(body);
  }
}
