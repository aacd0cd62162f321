import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

/** Creates a folder that is deleted after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-tokens-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Bundles child.ts into one file, which starts faster than its sources. */
export async function bundleChild(): Promise<{ path: string; [Symbol.asyncDispose]: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-child-'));
  const path = join(folder, 'child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('child.ts', import.meta.url))],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['undici'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
  await chmod(folder, 0o755); // a child may run as another user
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** Lines printed so far. */
  readonly lines: string[];
  /** Waits until the process prints the line. */
  readonly waitForLine: (line: string) => Promise<void>;
  readonly exited: Promise<{ codeOrSignal: number | string | null; stderr: string }>;
}

/** @param uid The user and group of the process. Default: those of the test */
export function startChild(program: string, args: readonly string[], uid?: number): Child {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid, env: { ...process.env, HOME: '/' } }),
  });
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  reader.on('line', (line) => lines.push(line));
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    process: child,
    lines,
    waitForLine: async (line) => {
      while (!lines.includes(line)) await once(reader, 'line');
    },
    exited: once(child, 'close').then(([code, signal]) => ({ codeOrSignal: code ?? signal, stderr })),
  };
}
