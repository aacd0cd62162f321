// A developer runs `serve --port 5061`. fetch forbids that port ("bad port"), so no request is ever sent.
// serve starts without a warning. Every call fails with a connection error, and a create says that it may have been applied.
// The message should contain the cause, and the create should count as not sent. serve and doctor should report such a port.
import {
  CLI,
  check,
  cliEnvironment,
  finish,
  load,
  NODE,
  runCliAsync,
  setTimeLimitSeconds,
  settle,
  sleep,
  startProcess,
} from '../lib.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const client = new PersonaClient({
  baseUrl: 'http://127.0.0.1:5061',
  dialect: 'subresource',
  retry: { limit: 1, backoffMs: 1 },
});
const { error } = await settle(client.personas.create({ name: 'x' }));
check(
  'a create counts as not sent',
  error.maybeApplied === false,
  `maybeApplied=${error.maybeApplied}`,
  'maybeApplied=false',
);
check(
  'the message says that the port is forbidden',
  /port/.test(error.message.replace(/http:\S+/g, '')),
  error.message.slice(-130),
  'bad port',
);
const child = startProcess(NODE, [CLI, 'serve', '--port', '5061'], {
  env: cliEnvironment('http://127.0.0.1:5061'),
  stdio: ['ignore', 'pipe', 'pipe'],
});
let output = '';
child.stdout.on('data', (d) => {
  output += d;
});
child.stderr.on('data', (d) => {
  output += d;
});
await sleep(2_500);
check(
  'serve rejects the port, or warns',
  child.exitCode !== null || /forbid|blocked|bad port|unsafe/i.test(output),
  output.trim().split('\n')[0],
  'a warning',
);
const doctor = await runCliAsync('http://127.0.0.1:5061', ['doctor', '--json'], { timeout: 25_000 });
check(
  'doctor names the port as the cause',
  /forbid|blocked|bad port|unsafe/i.test(doctor.stdout),
  /"advice":"[^"]*"/.exec(doctor.stdout)?.[0],
  'bad port',
);
finish();
