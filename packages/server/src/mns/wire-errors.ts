import { MnsError } from '@millrace/protocol/mns';
import { XmlError } from '@millrace/protocol/xml';
import { DomainError, isDomainError } from '../domain/errors.ts';

/**
 * What a client is told of something thrown. Undefined for a defect: it is logged whole, and the client gets an
 * InternalError that says no more than the request id.
 */
export function wireError(error: unknown): MnsError | undefined {
  if (error instanceof MnsError) return error;
  if (error instanceof XmlError) return new MnsError('MalformedXML', error.message);
  if (!(error instanceof DomainError)) return undefined;
  if (isDomainError(error, 'InvalidArgument')) {
    return new MnsError(
      error.details.name === 'Endpoint' ? 'EndpointInvalid' : 'InvalidArgument',
      error.details.reason,
    );
  }
  if (isDomainError(error, 'BodyTooLarge')) {
    return new MnsError('InvalidArgument', `The request body should have at most ${error.details.limit} bytes.`);
  }
  if (isDomainError(error, 'BodyIncomplete')) {
    return new MnsError('MalformedXML', 'The request body ended before its Content-Length.');
  }
  if (isDomainError(error, 'BodyTooSlow')) {
    return new MnsError('MalformedXML', 'The request body was not sent to its end in time.');
  }
  switch (error.kind) {
    case 'QueueMissing':
      return new MnsError('QueueNotExist');
    case 'QueueExists':
      return new MnsError('QueueAlreadyExist');
    case 'TopicMissing':
      return new MnsError('TopicNotExist');
    case 'TopicExists':
      return new MnsError('TopicAlreadyExist');
    case 'SubscriptionMissing':
      return new MnsError('SubscriptionNotExist');
    case 'SubscriptionExists':
      return new MnsError('SubscriptionAlreadyExist');
    case 'NoMessage':
      return new MnsError('MessageNotExist');
    case 'ReceiptHandleInvalid':
      return new MnsError('ReceiptHandleError');
    case 'RateExceeded':
      return new MnsError('QpsLimitExceeded');
    case 'AccessDenied':
      return new MnsError('AccessDenied');
    case 'StorageReadOnly':
      return new MnsError('ServiceUnavailable');
    default:
      return undefined;
  }
}
