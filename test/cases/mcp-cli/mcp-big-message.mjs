// A client sends a message of 1.2 MB on standard input.
// The server exits with code 0 and prints "Error" on stderr. The call gets no response, and the limit is not documented.
// The server should reject the message with an error and continue, as it does over HTTP (413).
import { check, finish, setTimeLimitSeconds, startMcpServer, startService, toolText } from '../lib.mjs';

setTimeLimitSeconds(20);
const service = await startService();
const server = startMcpServer(service.url);
await server.initialize();
const outcome = await server
  .callTool('create_persona', { name: 'B', psychographic: { interests: ['x'.repeat(1_200_000)] } }, 4_000)
  .then(toolText, (e) => e.message);
const isAlive = await server.request('ping', {}, 2_000).then(
  () => true,
  () => false,
);
check(
  'the server still responds after a message of 1.2 MB',
  isAlive,
  `${outcome.slice(0, 60)}; stderr: ${server.stderr().trim()}`,
  'an error for that message, then a response to ping',
);
finish();
