// A script pipes initialize, tools/list and a tools/call into `persona-client mcp`, and standard input ends.
// The server responds only to initialize and exits with 0, silently. A half-closed TCP or Unix socket has the same effect.
// The server should respond to all requests before the end, within some seconds, as other MCP servers do.
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  CLI,
  checkEqual,
  cliEnvironment,
  createTempFolder,
  finish,
  initializeMessages,
  NODE,
  setTimeLimitSeconds,
  sleep,
  startProcess,
  startService,
  toJsonLines,
  withTimeout,
} from '../lib.mjs';

setTimeLimitSeconds(45);
const service = await startService();
const answeredIds = (text) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l).id)
    .filter((id) => id !== undefined)
    .sort();
const input = toJsonLines([
  ...initializeMessages(),
  { jsonrpc: '2.0', id: 2, method: 'tools/list' },
  { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'list_personas', arguments: {} } },
]);
checkEqual(
  'standard input: requests with a response',
  answeredIds(
    spawnSync(NODE, [CLI, 'mcp'], {
      env: cliEnvironment(service.url),
      encoding: 'utf8',
      timeout: 15_000,
      input: input,
    }).stdout,
  ),
  [1, 2, 3],
);
const path = join(createTempFolder(), 's');
const port = 20_000 + Math.floor(Math.random() * 20_000);
startProcess(NODE, [CLI, 'mcp', '--tcp', String(port), '--socket', path], {
  env: cliEnvironment(service.url),
  stdio: 'ignore',
});
await sleep(2_000);
for (const address of [{ port, host: '127.0.0.1' }, { path }]) {
  const socket = connect(address);
  let received = '';
  socket.on('data', (d) => {
    received += d;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.end(input);
  await withTimeout(closed, 6_000);
  checkEqual(
    `${address.path ? 'Unix socket' : 'TCP'}, half-closed: requests with a response`,
    answeredIds(received),
    [1, 2, 3],
  );
}
finish();
