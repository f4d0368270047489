/**
 * `node:http` and `node:https`, which are not imported: an import asks for everything that they export, WebSocket among it,
 * and with that loads an HTTP client which nobody here uses. That was a tenth of a start.
 */
export const { createServer } = process.getBuiltinModule('node:http');

/** What sends a request to a URL. TLS is loaded when it is first needed. */
export const requestFor = ({ protocol }: URL): typeof import('node:http').request =>
  process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http').request;
