import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { onTestFinished } from 'vitest';
import { serve } from './service.js';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface How {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** Begun with the process; what it throws, the run throws. */
  readonly meanwhile?: (kill: (signal: NodeJS.Signals) => void) => Promise<void>;
}

/** The command as a process of its own, run to its end. */
export async function persona(
  args: readonly string[],
  { env = {}, stdin, meanwhile }: How = {},
): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:PERSONA_|FORCE_COLOR$|NO_COLOR$|.*_PROXY$|.*_proxy$)/.test(name),
  );
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/index.ts', ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: 'pipe',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(stdin ?? '');
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  await meanwhile?.((signal) => void child.kill(signal));
  return ended;
}

/** A folder for the length of a test. */
export async function folder(): Promise<(name: string) => string> {
  const path = await mkdtemp(join(tmpdir(), 'persona-cli-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return (name) => join(path, name);
}

/** A service, a folder, and the command pointed at both. */
export async function scene(options: PersonaServiceOptions = {}) {
  const file = await folder();
  const served = await serve({ seed: false, ...options });
  const env = { PERSONA_API_URL: served.url, PERSONA_TOKEN_FILE: file('settings/tokens.json') };
  return {
    ...served,
    file,
    env,
    run: (args: readonly string[], how: How = {}) => persona(args, { ...how, env: { ...env, ...how.env } }),
    stored: () => served.connect().personas.toArray(),
  };
}
