// Small protocol issues: cursor: null, a batch under protocol version 2025-03-26, completion of "17" among 300 personas.
// The server responds with -32603 and validator text, ignores the batch, and omits 17 although it says hasMore: false.
// It should treat cursor: null as absent, accept the batch, and say hasMore: true if it did not search all personas.
import { check, finish, setTimeLimitSeconds, sleep, startMcpServer, startService } from '../lib.mjs';

setTimeLimitSeconds(30);
const service = await startService(['--dialect', 'attributes', '--seed', '300']);
{
  const server = startMcpServer(service.url);
  await server.initialize();
  const response = await server.request('tools/list', { cursor: null });
  check(
    'tools/list with cursor: null',
    response.error?.code !== -32603,
    response.error?.message?.replace(/\s+/g, ' '),
    'the tools, or -32602',
  );
  const { completion } = (
    await server.request('completion/complete', {
      ref: { type: 'ref/prompt', name: 'adopt_persona' },
      argument: { name: 'id', value: '17' },
    })
  ).result;
  check(
    'completion of "17" among 300',
    completion.values.includes('17') || completion.hasMore !== false,
    completion,
    '17, or hasMore: true',
  );
  server.kill();
}
{
  const server = startMcpServer(service.url);
  await server.initialize('2025-03-26');
  server.process.stdin.write(`${JSON.stringify([{ jsonrpc: '2.0', id: 'a', method: 'ping' }])}\n`);
  await sleep(1_000);
  check(
    'a batch under 2025-03-26 gets a response',
    server.otherMessages.length > 0,
    server.stderr().trim() || 'nothing',
    'a response',
  );
  server.kill();
}
finish();
