import type { ConditionContext } from '../domain/access/policy/condition.ts';
import type { Exchange } from './exchange.ts';

/** What conditions of policies may look at in any request, whatever its protocol. */
export function requestFacts({ request }: Exchange): ConditionContext {
  return (key) => {
    switch (key) {
      case 'acs:sourceip':
        return known(request.socket.remoteAddress);
      case 'acs:useragent':
        return known(request.headers['user-agent']);
      case 'acs:referer':
        return known(request.headers.referer);
      case 'acs:securetransport':
        return [String('encrypted' in request.socket)];
      default:
        return undefined;
    }
  };
}

const known = (value: string | undefined): string[] | undefined => (value === undefined ? undefined : [value]);
