/** Runs the contract suite against `persona-client serve`, for all kinds of services, with and without authentication. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const { execPath } = process;
const COMMAND = ['--import', 'tsx', 'src/cli/index.ts'];
const CREDENTIAL_VARIABLES = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'contract' };

const KINDS = [
  ['--dialect', 'subresource'],
  ['--published'],
  ['--dialect', 'in-between'],
  ['--dialect', 'attributes'],
];

for (const options of KINDS)
  for (const auth of [false, true]) {
    const published = options.includes('--published') ? { PERSONA_CONTRACT_PUBLISHED: '1' } : {};
    const env = { ...process.env, ...published, ...(auth ? CREDENTIAL_VARIABLES : {}) };
    const args = ['serve', '--port', '0', ...options, ...(auth ? ['--auth'] : [])];
    const server = spawn(execPath, [...COMMAND, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await once(server.stdout, 'data');
    const PERSONA_CONTRACT_URL = /http:\/\/\S+/.exec(String(output))?.[0];
    console.log(String(output).trim());
    const suite = spawn('vitest', ['run', '--project', 'contract'], {
      env: { ...env, PERSONA_CONTRACT_URL },
      stdio: 'inherit',
    });
    const [exitCode] = await once(suite, 'exit');
    server.kill('SIGTERM');
    await once(server, 'exit');
    if (exitCode !== 0) process.exit(1);
  }
