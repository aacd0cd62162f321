import { Writable } from 'node:stream';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { PersonaMcpServer } from '../server.js';
import { StreamTransport } from './stream-transport.js';
import type { Connection, ErrorHandler } from './types.js';

interface StdioOptions {
  readonly onError: ErrorHandler;
  /** Called after every write to stdout. */
  readonly onWrite: () => void;
  /** Called when the client has disconnected. */
  readonly onClose: () => void;
}

/**
 * Serves MCP on stdin and stdout of the process until stdin ends.
 *
 * From this call on, only the protocol writes to stdout. Other output of the process, such as `console.log`, goes to
 * stderr.
 */
export function serveProcessStdio(
  server: PersonaMcpServer,
  { onError, onWrite, onClose }: StdioOptions,
): Connection {
  const transport = new StreamTransport(process.stdin, redirectStdout(onWrite), onClose);
  return serveStdio(server, { transport, onerror: onError });
}

/** Redirects `process.stdout.write` to stderr, and returns a stream that still writes to stdout. */
function redirectStdout(onWrite: () => void): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, callback) => {
      write(chunk, callback);
      onWrite();
    },
  });
  stdout.on('error', (error) => output.destroy(error));
  return output;
}
