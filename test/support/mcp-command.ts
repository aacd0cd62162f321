import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inject, onTestFinished } from 'vitest';

/** Node.js arguments that run the CLI bundled from source. */
export const SOURCE_ENTRY = [inject('cliEntry')];
/** Node.js arguments that run the built CLI. */
export const BUILD_ENTRY = ['dist/cli.js'];

export const INITIALIZE_REQUEST = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1.0.0' } },
};

/** A request from the server to the client. */
export interface ServerRequest {
  readonly method: string;
  readonly params?: { readonly message?: string };
}

export interface RpcMessage {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** Starts `persona-client mcp` until the test ends. Messages are JSON lines on stdin and stdout. */
export function startMcpCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  entry: readonly string[] = SOURCE_ENTRY,
) {
  const inheritedEnv = Object.entries(process.env).filter(
    ([name]) => !/^(PERSONA_|FORCE_COLOR$|NODE_OPTIONS$)/.test(name),
  );
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [...entry, 'mcp', ...args], {
    env: { ...Object.fromEntries(inheritedEnv), ...env },
  });
  const stdout: string[] = [];
  let stderr = '';
  const pending = new Map<number, (response: RpcMessage) => void>();
  const stderrListeners: ((text: string) => void)[] = [];
  const requestHandlers: ((request: ServerRequest) => object | undefined)[] = [];
  const write = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout.push(line);
    const message = parseMessage(line);
    if (message.method !== undefined) {
      for (const handle of requestHandlers) {
        const result = handle(message as ServerRequest);
        if (result) write({ id: message.id, result });
      }
    } else if (message.id !== undefined) pending.get(message.id)?.(message);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    for (const listener of stderrListeners) listener(stderr);
  });
  child.stdin.on('error', () => undefined); // The command may have exited.
  const exitCode = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exitCode;
  });
  let nextId = 0;
  return {
    child,
    stdout,
    exitCode,
    stderr: () => stderr,
    /** Waits until stderr matches, and returns the first group or the match. */
    waitForStderr: (pattern: RegExp) =>
      new Promise<string>((resolve) => {
        const search = (text: string) => {
          const match = pattern.exec(text);
          if (match) resolve(match[1] ?? match[0]);
        };
        stderrListeners.push(search);
        search(stderr);
      }),
    /** Responds to requests of the server. A request stays pending if the handler returns `undefined`. */
    onServerRequest: (handle: (request: ServerRequest) => object | undefined) =>
      void requestHandlers.push(handle),
    sendMessage: (message: object) => write(message),
    sendRequest(message: { method: string; params?: object }): Promise<RpcMessage> {
      const id = nextId++;
      return new Promise((resolve) => {
        pending.set(id, resolve);
        write({ ...message, id });
      });
    },
  };
}

const parseMessage = (line: string): RpcMessage => {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
};
