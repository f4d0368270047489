export { getAccountAttributes, getAccountId, openService, setAccountAttributes } from './account.ts';
export { changeMessageVisibility } from './change-message-visibility.ts';
export { batchDeleteMessage, deleteMessage } from './delete-message.ts';
export { errorDocument } from './error-answer.ts';
export { MnsError, type MnsErrorCode, mnsErrors } from './errors.ts';
export { DEFAULT_PAGE } from './listing.ts';
export type { Field, Fields, InputOf, Operation, PartialOf, ResultOf } from './operation.ts';
export { operations, type Selected, selectOperation } from './operations.ts';
export { batchPeekMessage, peekMessage } from './peek-message.ts';
export { publishMessage } from './publish-message.ts';
export { createQueue, deleteQueue, getQueueAttributes, listQueue, setQueueAttributes } from './queue.ts';
export { batchReceiveMessage, receiveMessage } from './receive-message.ts';
export { batchSendMessage, sendMessage } from './send-message.ts';
export { type Document, encodeDocument, NAMESPACE, type Shape } from './shape.ts';
export {
  type AuthorizationV4,
  authorizationHeader,
  parseAuthorization,
  parseAuthorizationV4,
  type SignedRequest,
  signingKeyPartsV4,
  stringToSign,
  stringToSignV4,
} from './signature.ts';
export {
  getSubscriptionAttributes,
  listSubscriptionByTopic,
  setSubscriptionAttributes,
  subscribe,
  unsubscribe,
} from './subscription.ts';
export { createTopic, deleteTopic, getTopicAttributes, listTopic, setTopicAttributes } from './topic.ts';
