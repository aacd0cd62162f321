/** Runs the contract suite against the service as a user would start it: both dialects, without and with authentication. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const { execPath } = process;
const tsx = ['--import', 'tsx', 'src/cli/index.ts'];
const credentials = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'contract' };

for (const dialect of ['subresource', 'attributes'])
  for (const auth of [false, true]) {
    const env = { ...process.env, ...(auth ? credentials : {}) };
    const args = ['serve', '--port', '0', '--dialect', dialect, ...(auth ? ['--auth'] : [])];
    const server = spawn(execPath, [...tsx, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(server.stdout, 'data');
    const PERSONA_CONTRACT_URL = /http:\/\/\S+/.exec(String(line))?.[0];
    console.log(String(line).trim());
    const suite = spawn('npm', ['run', '--silent', 'test:contract'], {
      env: { ...env, PERSONA_CONTRACT_URL },
      stdio: 'inherit',
    });
    const [code] = await once(suite, 'exit');
    server.kill('SIGTERM');
    await once(server, 'exit');
    if (code !== 0) process.exit(1);
  }
