import type { Socket } from 'node:net';
import type { buildConnector, Dispatcher } from 'undici';
import type { FindProxy, HttpProxy } from './proxy.js';
import { ProxyError } from './proxy-error.js';

const TUNNEL_TIMEOUT_MS = 10_000; // the time that undici allows for a connection
const MAX_HEAD_BYTES = 16_384;
const HEAD_END = '\r\n\r\n';

/**
 * Creates a connector that uses proxies. It opens a tunnel (`CONNECT`) to an `https:` service. For an `http:` service, it
 * connects to the proxy, which then receives the requests.
 *
 * The proxy agents of undici 7 repeat `CONNECT` without a pause if the proxy closes the connection. Its versions also
 * disagree about `http:` services and `NO_PROXY`.
 *
 * @param connect opens a direct connection to a service.
 * @param connectToProxy opens a connection to a proxy, with HTTP/1.1.
 */
export const createProxyConnector =
  (
    findProxy: FindProxy,
    connect: buildConnector.connector,
    connectToProxy: buildConnector.connector,
  ): buildConnector.connector =>
  (options, callback) => {
    const { protocol, hostname, host = hostname, port } = options;
    const proxy = findProxy({ protocol, hostname, port });
    if (proxy === undefined) return connect(options, callback);
    const fail = (problem: string, { code = 'ERR_PROXY_TUNNEL' }: NodeJS.ErrnoException) =>
      callback(new ProxyError(`${problem} (${code})`, code), null);
    return connectToProxy(proxy, (error, socket) => {
      if (error) return fail(`the connection to the proxy ${proxy.name} failed`, error);
      if (protocol !== 'https:') return callback(null, socket);
      requestTunnel(socket, proxy, port ? host : `${host}:443`, (tunnelError) => {
        if (tunnelError) return callback(tunnelError, null);
        connect({ ...options, httpSocket: socket }, (tlsError, tlsSocket) => {
          if (tlsError) fail(`TLS through the proxy ${proxy.name} failed`, tlsError);
          else callback(null, tlsSocket);
        });
      });
    });
  };

/**
 * Addresses the requests for `http:` services to the proxy: with the whole URL instead of the path, and the credentials of
 * the proxy.
 */
export const sendAbsoluteUrls =
  (findProxy: FindProxy): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) => {
    const origin = new URL(String(options.origin));
    const proxy = origin.protocol === 'http:' && findProxy(origin);
    if (!proxy) return dispatch(options, handler);
    const credentials = proxy.authorization && { 'proxy-authorization': proxy.authorization };
    const headers = { ...(options.headers as Record<string, string>), ...credentials };
    return dispatch({ ...options, path: `${origin.origin}${options.path}`, headers }, handler);
  };

/** Requests a tunnel to `target` on a new connection to a proxy. */
function requestTunnel(
  socket: Socket,
  proxy: HttpProxy,
  target: string,
  callback: (error: ProxyError | undefined) => void,
): void {
  let head = Buffer.alloc(0);
  const finish = (problem?: string) => {
    clearTimeout(timer);
    socket.off('data', onData).off('close', onClose).off('end', onClose);
    if (problem) socket.destroy();
    callback(problem ? new ProxyError(`the proxy ${proxy.name} ${problem}`) : undefined);
  };
  const onClose = () => finish('closed the connection instead of responding to CONNECT');
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const response = parseHead(head);
    if (response === 'incomplete') return;
    if (response === 'invalid') return finish('sent an invalid response to CONNECT');
    const { status, rest } = response;
    if (!status.startsWith('2')) return finish(`responded to CONNECT with ${status}`);
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    finish();
  };
  const timeout = () => finish(`did not respond to CONNECT within ${TUNNEL_TIMEOUT_MS} ms`);
  const timer = setTimeout(timeout, TUNNEL_TIMEOUT_MS);
  socket.on('data', onData).on('close', onClose).on('end', onClose);
  const { authorization } = proxy;
  const credentials = authorization ? `Proxy-Authorization: ${authorization}\r\n` : '';
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${credentials}\r\n`);
}

/** Parses the response to `CONNECT`, without the informational responses (100 to 199) before it. */
function parseHead(
  bytes: Buffer,
): { readonly status: string; readonly rest: Buffer } | 'incomplete' | 'invalid' {
  const text = bytes.toString('latin1');
  if (!'HTTP/1.'.startsWith(text.slice(0, 7))) return 'invalid';
  const end = text.indexOf(HEAD_END) + HEAD_END.length;
  if (end < HEAD_END.length) return bytes.length > MAX_HEAD_BYTES ? 'invalid' : 'incomplete';
  const [, status] = /^HTTP\/1\.[01] (\d{3})(?=[ \r])/.exec(text) ?? [];
  if (status === undefined) return 'invalid';
  const rest = bytes.subarray(end);
  return status.startsWith('1') ? parseHead(rest) : { status, rest };
}
