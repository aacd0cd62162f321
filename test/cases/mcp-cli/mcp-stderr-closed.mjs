// A client starts the server with --log-level debug and closes the server's stderr.
// The next log line ends the server with exit code 1, and the call gets no response.
// A log without a reader should not stop the server.
import { check, finish, setTimeLimitSeconds, sleep, startMcpServer, startService } from '../lib.mjs';

setTimeLimitSeconds(20);
const service = await startService();
const server = startMcpServer(service.url, { args: ['--log-level', 'debug'] });
await server.initialize();
server.process.stderr.destroy();
await sleep(100);
const outcome = await server.callTool('list_personas', {}, 4_000).then(
  () => 'a response',
  (e) => e.message,
);
check('a call after stderr was closed', outcome === 'a response', outcome, 'a response');
finish();
