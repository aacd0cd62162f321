import { Writable } from 'node:stream';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { PersonaMcpServer } from '../server.js';
import type { Connection, Report } from './types.js';
import { MAX_MESSAGE_BYTES } from './types.js';

/**
 * Serve the process's stdin and stdout until stdin ends. From then on stdout belongs to the protocol: whatever else
 * the process prints there, `console.log` included, goes to stderr.
 */
export function serveProcess(server: PersonaMcpServer, report: Report): Connection {
  const transport = new StdioServerTransport(process.stdin, claimStdout(), {
    maxBufferSize: MAX_MESSAGE_BYTES,
  });
  return serveStdio(server, { transport, onerror: report });
}

function claimStdout(): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  const wire = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => void write(chunk, done),
  });
  stdout.on('error', (error) => wire.destroy(error));
  return wire;
}
