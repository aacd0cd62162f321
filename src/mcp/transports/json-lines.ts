import type { Readable, Writable } from 'node:stream';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { PersonaMcpServer } from '../lazy-server.js';
import { JsonLinesTransport } from './json-lines-transport.js';
import type { Connection, ErrorHandler } from './types.js';

/**
 * Serves MCP as JSON lines on two streams. After the end of the input, finishes its requests and closes the connection.
 *
 * @param onClosed Called once when the connection is closed. Closes the streams.
 */
export function serveJsonLines(
  server: PersonaMcpServer,
  input: Readable,
  output: Writable,
  onError: ErrorHandler,
  onClosed: () => void,
): Connection {
  const onFinished = () => void connection.close();
  const transport = new JsonLinesTransport(input, output, { onFinished, onClosed });
  const connection = serveStdio(server, { transport, onerror: onError });
  return connection;
}
