import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** The command from the source, or the one that is shipped. */
export const SOURCE = ['--import', 'tsx', 'src/cli/index.ts'];
export const BUILT = ['dist/cli.js'];

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1.0.0' } },
};

/** What the server asks of the client. */
export interface Question {
  readonly method: string;
  readonly params?: { readonly message?: string };
}

export interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** `persona-client mcp` for the length of a test, spoken to in lines. */
export function command(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  how: readonly string[] = SOURCE,
) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(PERSONA_|FORCE_COLOR$|NODE_OPTIONS$)/.test(name),
  );
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [...how, 'mcp', ...args], {
    env: { ...Object.fromEntries(inherited), ...environment },
  });
  const stdout: string[] = [];
  let stderr = '';
  const waiting = new Map<number, (answer: Answer) => void>();
  const said: ((text: string) => void)[] = [];
  const asked: ((question: Question) => object | undefined)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout.push(line);
    const message = parsed(line);
    if (message.method !== undefined) {
      for (const answer of asked) {
        const result = answer(message as Question);
        if (result) child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result })}\n`);
      }
    } else if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    for (const listener of said) listener(stderr);
  });
  child.stdin.on('error', () => undefined); // it may have ended already
  const exit = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  let last = 0;
  return {
    child,
    stdout,
    exit,
    stderr: () => stderr,
    /** The first match in what it says on stderr. */
    says: (pattern: RegExp) =>
      new Promise<string>((resolve) => {
        const look = (text: string) => {
          const found = pattern.exec(text);
          if (found) resolve(found[1] ?? found[0]);
        };
        said.push(look);
        look(stderr);
      }),
    /** Answer the server's own requests; `undefined` leaves one open. */
    onQuestion: (answer: (question: Question) => object | undefined) => void asked.push(answer),
    send: (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    ask(message: { method: string; params?: object }): Promise<Answer> {
      const id = last++;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message, id })}\n`);
      });
    },
  };
}

const parsed = (line: string): Answer => {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
};
