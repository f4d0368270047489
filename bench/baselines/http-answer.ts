/**
 * Answers every request with the same 1 KiB: with bare `node:http`, or, as `raw`, with canned bytes on a socket and no
 * HTTP parser at all, which shows how fast the load generator itself can go. Prints its port; ends when stdin closes.
 */
import { createServer } from 'node:http';
import { createServer as createRawServer, type Server } from 'node:net';

const content = Buffer.alloc(1024, 'millrace ');

function rawServer(): Server {
  const answer = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n`), content]);
  return createRawServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    // The generator sends its next request after the answer to the last, so one piece of data is one request.
    socket.on('data', () => socket.write(answer));
  });
}

const server =
  process.argv[2] === 'raw'
    ? rawServer()
    : createServer((_, response) => {
        response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': content.length });
        response.end(content);
      });
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  process.stdout.write(`${address.port}\n`);
});
process.stdin.resume().once('end', () => process.exit(0));
