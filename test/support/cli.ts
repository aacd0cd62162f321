import { spawn } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { inject, onTestFinished } from 'vitest';
import { startService } from './service.js';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CliOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** A file that is the standard input, as with `<` in a shell. */
  readonly stdinFile?: string;
  /** Whether the standard input stays open after `stdin`. @default false */
  readonly keepsStdinOpen?: boolean;
  /** Runs while the process runs. If it rejects, `runCli` rejects. */
  readonly whileRunning?: (kill: (signal: NodeJS.Signals) => void) => Promise<void>;
}

/** Runs the command as a child process until it ends. */
export async function runCli(
  args: readonly string[],
  { env = {}, stdin, stdinFile, keepsStdinOpen = false, whileRunning }: CliOptions = {},
): Promise<CliResult> {
  const inheritedEnv = Object.entries(process.env).filter(
    ([name]) => !/^(?:PERSONA_|FORCE_COLOR$|NO_COLOR$|.*_PROXY$|.*_proxy$)/.test(name),
  );
  await using inputFile = stdinFile === undefined ? undefined : await open(stdinFile);
  const child = spawn(process.execPath, [inject('cliEntry'), ...args], {
    env: { ...Object.fromEntries(inheritedEnv), ...env },
    stdio: [inputFile?.fd ?? 'pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin?.on('error', () => {}); // the process may end before it has read everything
  child.stdin?.write(stdin ?? '');
  if (!keepsStdinOpen) child.stdin?.end();
  const result = new Promise<CliResult>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  await whileRunning?.((signal) => void child.kill(signal));
  return result;
}

/** Runs a bash script. `$PC` is the command. */
export async function runShell(
  script: string,
  { env = {}, cwd }: { readonly env?: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<CliResult> {
  const child = spawn('bash', ['-c', `PC="${process.execPath} ${inject('cliEntry')}"; ${script}`], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, stdout, stderr };
}

/** Creates a folder until the test ends. Returns a function that turns a file name into a path in the folder. */
export async function createTempFolder(): Promise<(name: string) => string> {
  const path = await mkdtemp(join(tmpdir(), 'persona-cli-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return (name) => join(path, name);
}

/** Starts a service and creates a folder. Returns a function `run` that runs the command with both. */
export async function setupCli(serviceOptions: PersonaServiceOptions = {}) {
  const file = await createTempFolder();
  const server = await startService({ seed: false, ...serviceOptions });
  const env = { PERSONA_API_URL: server.url, PERSONA_TOKEN_FILE: file('settings/tokens.json') };
  return {
    ...server,
    file,
    env,
    run: (args: readonly string[], options: CliOptions = {}) =>
      runCli(args, { ...options, env: { ...env, ...options.env } }),
    /** Runs a bash script in the folder. `$PC` is the command. */
    shell: (script: string, extraEnv: NodeJS.ProcessEnv = {}) =>
      runShell(script, { cwd: file('.'), env: { ...env, ...extraEnv } }),
    storedPersonas: () => server.connect().personas.toArray(),
  };
}

/** One check of `doctor --json`. */
export interface DoctorCheck {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly message: string;
  readonly advice?: string;
}
