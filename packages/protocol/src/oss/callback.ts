import { text } from './codecs.ts';
import { header, optional, optionalStream, query } from './fields.ts';

/** Asks for a callback once the object is stored: base64 of JSON, in one of two places each. */
export const callback = {
  callbackHeader: optional(header('x-oss-callback', text)),
  callbackQuery: optional(query('callback', text)),
  callbackVarHeader: optional(header('x-oss-callback-var', text)),
  callbackVarQuery: optional(query('callback-var', text)),
};

/** What the callback's receiver answered, instead of the operation's own body. */
export const callbackAnswer = {
  callbackContentType: optional(header('Content-Type', text)),
  callbackAnswer: optionalStream,
};
