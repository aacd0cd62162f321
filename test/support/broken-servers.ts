import { createServer, type Socket } from 'node:net';
import { createSelfSignedCertificate } from './certificate.js';
import { HttpFramer } from './http-framer.js';
import { serveSocket, serveTlsSocket } from './servers.js';

/** Responds to a complete request. `line` is the request without line breaks, so that it fits into a header. */
export type Respond = (socket: Socket, request: Buffer, line: string) => void;

/** Browsers show pages only responses with this header. */
const CORS = 'access-control-allow-origin: *\r\n';
const HTTP_200 = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${CORS}`;
const PREFLIGHT_HEADERS = `HTTP/1.1 200 OK\r\n${CORS}access-control-allow-headers: *\r\naccess-control-allow-methods: *\r\ncontent-length: 0\r\n`;
const PERSONA =
  '{"id":1,"name":"Ada","created_at":"2026-01-01T00:00:00","updated_at":"2026-01-01T00:00:00","access_token":"a.b.c"}';
const chunked = (body: string) => `${HTTP_200}transfer-encoding: chunked\r\n\r\n${body}`;
const sized = (body: string, headers = '') =>
  `${HTTP_200}content-length: ${Buffer.byteLength(body, 'latin1')}\r\n${headers}\r\n${body}`;
/** A body with a coding that it does not have. Without the last header, a client could use the connection while it closes. */
const coded = (body: string, coding: string) =>
  sized(body, `content-encoding: ${coding}\r\nconnection: close\r\n`);
/** Sends bytes, then closes the connection. */
const sendAndClose =
  (createBytes: (request: string, line: string) => string): Respond =>
  (socket, request, line) =>
    void socket.end(createBytes(request.toString('latin1'), line), 'latin1');

/**
 * Servers that do not speak clean HTTP. Where it is possible, they repeat the request, because a response that cannot be
 * parsed must not appear in an error.
 */
export const BROKEN_RESPONSES: Readonly<Record<string, Respond>> = {
  'an echo of the request': (socket, request) => void socket.write(request),
  'an echo, then a close': sendAndClose((request) => request),
  'an SSH banner': sendAndClose((_, line) => `SSH-2.0-OpenSSH_9.6 ${line}\r\n`),
  'an SMTP greeting': sendAndClose((_, line) => `220 mail ${line}\r\n`),
  'HTTP/0.9': sendAndClose((request) => `{"id":1}${request}`),
  'a junk status line': sendAndClose((_, line) => `HTTP/1.1 ${line}\r\n\r\n`),
  'status 000': sendAndClose((_, line) => `HTTP/1.1 000 ${line}\r\ncontent-length: 2\r\n\r\n{}`),
  'another protocol version': sendAndClose(
    (_, line) => `HTTP/9.9 200 ${line}\r\ncontent-length: 2\r\n\r\n{}`,
  ),
  'bare line feeds': sendAndClose((_, line) => `HTTP/1.1 200 OK\nx: ${line}\ncontent-length: 2\n\n{}`),
  'a header without a colon': sendAndClose((_, line) => `HTTP/1.1 200 OK\r\n${line}\r\n\r\n{}`),
  'a control character in a header': sendAndClose(
    (_, line) => `HTTP/1.1 200 OK\r\nx: \0${line}\r\ncontent-length: 2\r\n\r\n{}`,
  ),
  'headers that are cut': sendAndClose((_, line) => `HTTP/1.1 200 OK\r\nx: ${line}`),
  'headers that are too large': sendAndClose(
    (_, line) => `HTTP/1.1 200 OK\r\nx: ${line.repeat(1 + 200_000 / line.length)}\r\n\r\n{}`,
  ),
  'a negative length': sendAndClose((request) => `HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n${request}`),
  'two lengths': sendAndClose(
    (request) => `HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n${request}`,
  ),
  'a length and chunks': sendAndClose(
    (request) => `HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${request}`,
  ),
  'a body that is cut': sendAndClose(
    (request) => `${HTTP_200}content-length: ${request.length + 9}\r\n\r\n${request}`,
  ),
  'chunks without sizes': sendAndClose((request) => chunked(`${request}\r\n0\r\n\r\n`)),
  'a chunk that is too long': sendAndClose((request) => chunked(`2\r\n${request}\r\n0\r\n\r\n`)),
  'a chunk that is cut': sendAndClose((request) => chunked(`ffff\r\n${request}`)),
  'a chunk with a huge size': sendAndClose((request) => chunked(`fffffffffffffffff\r\n${request}`)),
  'no last chunk': sendAndClose((request) => chunked(`${request.length.toString(16)}\r\n${request}\r\n`)),
  'a body that is no gzip': sendAndClose((request) => coded(request, 'gzip')),
  'a body that is no brotli': sendAndClose((request) => coded(request, 'br')),
  'a body that is no deflate data': sendAndClose((request) => coded(request, 'deflate')),
  'a protocol switch': sendAndClose(
    (_, line) =>
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\nx: ${line}\r\n\r\n`,
  ),
  'a close without a response': (socket) => void socket.end(),
  'a reset without a response': (socket) => void socket.resetAndDestroy(),
  'a reset in the headers': (socket, _, line) =>
    void socket.write(`HTTP/1.1 200 OK\r\nx: ${line}`, () => socket.resetAndDestroy()),
  'a reset after the headers': (socket) =>
    void socket.write(`${HTTP_200}content-length: 9999\r\n\r\n`, () => socket.resetAndDestroy()),
  'a reset in the body': (socket, request) =>
    void socket.write(`${HTTP_200}content-length: 9999\r\n\r\n`, () =>
      socket.write(request, () => socket.resetAndDestroy()),
    ),
};

/** Sends a text one character at a time, and never its last one. */
function trickle(socket: Socket, text: string): void {
  let sent = 0;
  const timer = setInterval(() => sent < text.length - 1 && socket.write(text.charAt(sent++)), 20);
  socket.on('close', () => clearInterval(timer));
}

/** Responses that never end. */
export const ENDLESS_RESPONSES: Readonly<Record<string, Respond>> = {
  'no response': () => {},
  'headers that arrive slowly': (socket) => trickle(socket, `${HTTP_200}content-length: 2\r\n\r\n`),
  'a body that arrives slowly': (socket) => {
    socket.write(`${HTTP_200}content-length: ${PERSONA.length}\r\n\r\n`);
    trickle(socket, PERSONA);
  },
};

/** Responses that look complete until their content is read. */
export const UNMARKED_RESPONSES: Readonly<Record<string, Respond>> = {
  'a body without a length that is cut': sendAndClose(() => `${HTTP_200}\r\n${PERSONA.slice(0, -9)}`),
};

/** Responses that are complete, and followed by more. */
export const FOLLOWED_RESPONSES: Readonly<Record<string, Respond>> = {
  'a second response': sendAndClose((request) => sized(PERSONA) + sized(request)),
  'data after the response': sendAndClose((request) => sized(PERSONA) + request),
};

/** Calls `respond` for every complete request on a socket. */
function respondTo(socket: Socket, respond: Respond): void {
  const framer = new HttpFramer();
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    for (const request of framer.push(chunk))
      respond(socket, request, request.toString('latin1').replace(/[\r\n]+/g, ' '));
  });
}

/** Starts a server that responds to every complete request in the same way. */
export const serveBroken = (respond: Respond) => serveSocket((socket) => respondTo(socket, respond));

/**
 * Creates a server whose paths start with the index of a response. It responds to preflights. Needs no test around it.
 *
 * @param onRequest is called with the path of each request but preflights.
 */
export const createBrokenServer = (
  responses: readonly Respond[] = Object.values(BROKEN_RESPONSES),
  onRequest: (path: string) => void = () => {},
) =>
  createServer((socket) =>
    respondTo(socket, (_, request, line) => {
      if (line.startsWith('OPTIONS')) return void socket.end(`${PREFLIGHT_HEADERS}connection: close\r\n\r\n`);
      const [, path = '', index] = /^[A-Z]+ (\/(\d+)\S*)/.exec(line) ?? [];
      onRequest(path);
      responses[Number(index)]?.(socket, request, line);
    }),
  );

/**
 * Creates a server that responds to preflights and to `/warm-up` without closing the connection. It closes the connection on any
 * other request, so that a client can reuse a connection before it breaks.
 */
export const createClosingServer = (onRequest: (path: string) => void) =>
  createServer((socket) =>
    respondTo(socket, (_, _request, line) => {
      const [, method, path = ''] = /^([A-Z]+) (\S+)/.exec(line) ?? [];
      if (method === 'OPTIONS') return void socket.write(`${PREFLIGHT_HEADERS}\r\n`);
      if (path === '/warm-up') return void socket.write(sized('{}'));
      onRequest(path);
      socket.end();
    }),
  );

/** Servers whose transport is wrong: TLS where plain HTTP is expected, and the reverse. Each returns its URL. */
export const WRONG_TRANSPORTS: Readonly<Record<string, () => Promise<string>>> = {
  'TLS on a plain port': async () =>
    (await serveTlsSocket(createSelfSignedCertificate(), () => {})).url.replace('https', 'http'),
  'plain text on a TLS port': async () =>
    (await serveSocket((socket) => void socket.on('data', (chunk) => socket.write(chunk)))).url.replace(
      'http',
      'https',
    ),
  'an untrusted certificate': async () => (await serveTlsSocket(createSelfSignedCertificate(), () => {})).url,
  'a greeting before the request': async () =>
    (await serveSocket((socket) => void socket.write('220 ready\r\n'))).url,
  'a refused connection': async () => {
    const server = await serveSocket(() => {});
    server.close();
    return server.url;
  },
};
