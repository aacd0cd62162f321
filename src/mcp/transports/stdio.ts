import { Writable } from 'node:stream';
import type { PersonaMcpServer } from '../lazy-server.js';
import { serveJsonLines } from './json-lines.js';
import type { Connection, ErrorHandler } from './types.js';

interface StdioOptions {
  readonly onError: ErrorHandler;
  /** Called after every write to stdout. */
  readonly onWrite: () => void;
  /** Called when the connection is closed. */
  readonly onClose: () => void;
}

/**
 * Serves MCP on stdin and stdout of the process until stdin ends and its requests are finished.
 *
 * From this call on, only the protocol writes to stdout. Other output of the process, such as `console.log`, goes to
 * stderr.
 */
export function serveProcessStdio(
  server: PersonaMcpServer,
  { onError, onWrite, onClose }: StdioOptions,
): Connection {
  return serveJsonLines(server, process.stdin, redirectStdout(onWrite), onError, onClose);
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
