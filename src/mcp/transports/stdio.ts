import { Writable } from 'node:stream';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { PersonaMcpServer } from '../server.js';
import { StreamTransport } from './stream.js';
import type { Connection, Report } from './types.js';

/**
 * Serve the process's stdin and stdout until stdin ends. From then on stdout belongs to the protocol: whatever else
 * the process prints there, `console.log` included, goes to stderr.
 *
 * @param spoken is called whenever something was said on stdout.
 * @param ended is called when the client has gone.
 */
export function serveProcess(
  server: PersonaMcpServer,
  report: Report,
  spoken: () => void,
  ended: () => void,
): Connection {
  const transport = new StreamTransport(process.stdin, claimStdout(spoken), ended);
  return serveStdio(server, { transport, onerror: report });
}

function claimStdout(spoken: () => void): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  const wire = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      write(chunk, done);
      spoken();
    },
  });
  stdout.on('error', (error) => wire.destroy(error));
  return wire;
}
