// 1. `import -` waits for standard input, and the user presses Ctrl-C. It prints the summary and hangs until a second Ctrl-C.
// 2. `doctor` meets a service that accepts connections and never responds. It reports an aborted call, without advice.
// Ctrl-C should end the command with 130. doctor should report that the service does not respond, and what to try.
import { createServer } from 'node:net';
import {
  CLI,
  check,
  cliEnvironment,
  createTempFolder,
  finish,
  NODE,
  runCliAsync,
  setTimeLimitSeconds,
  sleep,
  startProcess,
  startService,
  withTimeout,
} from '../lib.mjs';

setTimeLimitSeconds(40);
const service = await startService(['--dialect', 'attributes', '--seed', 'none']);
const child = startProcess(NODE, [CLI, 'import', '-', '--format', 'ndjson', '--json'], {
  cwd: createTempFolder(),
  env: cliEnvironment(service.url),
  stdio: ['pipe', 'pipe', 'pipe'],
});
await sleep(1_500);
child.kill('SIGINT');
const code = await withTimeout(
  new Promise((resolve) => child.on('exit', resolve)),
  4_000,
  'still running after 4 s',
);
check('Ctrl-C while standard input is open', code === 130, code, 130);
child.kill('SIGKILL');
const silentServer = createServer(() => {});
await new Promise((resolve) => silentServer.listen(0, '127.0.0.1', resolve));
const { stdout } = await runCliAsync(
  service.url,
  ['doctor', '--json', '--url', `http://127.0.0.1:${silentServer.address().port}`],
  { timeout: 25_000 },
);
const failedCheck = JSON.parse(stdout).checks.find(({ status }) => status === 'failed');
check(
  'doctor reports that the service never responds, with advice',
  failedCheck.advice !== undefined && !/aborted by the caller/.test(failedCheck.message),
  failedCheck.message,
  'the problem, and what to try',
);
finish();
