import { type ChildProcess, spawn } from 'node:child_process';
import { inject, onTestFinished } from 'vitest';
import { createSender } from './sender.js';

/** A command that runs until it ends or the test has finished. */
interface RunningCommand {
  readonly child: ChildProcess;
  /** The output until now. */
  readonly output: { stdout: string; stderr: string };
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** Waits until standard output matches the pattern. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>;
}

/**
 * Starts the command with these arguments.
 *
 * @param maxFileBlocks the largest size of a file that the process can write, as if the disk was full. In blocks of 512 bytes.
 */
export function startCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  maxFileBlocks?: number,
): RunningCommand {
  const command = [process.execPath, inject('cliEntry'), ...args];
  const shell = ['sh', '-c', `ulimit -f ${maxFileBlocks}; exec "$0" "$@"`];
  const [program = '', ...programArgs] = maxFileBlocks === undefined ? command : [...shell, ...command];
  const child = spawn(program, programArgs, {
    env: { ...process.env, PERSONA_USERNAME: undefined, PERSONA_PASSWORD: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  let checkOutput = () => {};
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
    checkOutput();
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  );
  const waitForOutput = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      checkOutput = () => {
        const match = pattern.exec(output.stdout);
        if (match !== null) resolve(match);
      };
      checkOutput();
      void exited.then(() =>
        reject(new Error(`the process ended before ${pattern}: ${output.stdout}${output.stderr}`)),
      );
    });
  return { child, output, exited, waitForOutput };
}

export const STARTUP_LINE = /^Persona Service at (http:\/\/127\.0\.0\.1:\d+) \((.*)\)\n/;

/** Starts the service and waits for its startup line. */
export async function startServe(args: readonly string[], env?: NodeJS.ProcessEnv, maxFileBlocks?: number) {
  const command = startCommand(['serve', '--port', '0', ...args], env, maxFileBlocks);
  const [, url = '', description = ''] = await command.waitForOutput(STARTUP_LINE);
  return { ...command, url, description, send: createSender(url) };
}
