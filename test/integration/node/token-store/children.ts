import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

/** A folder for the length of a test. */
export async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'persona-tokens-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** The program in child.ts as one file, which starts sooner than its sources. */
export async function bundledChild(): Promise<{ path: string; [Symbol.asyncDispose]: () => Promise<void> }> {
  const made = await mkdtemp(join(tmpdir(), 'persona-child-'));
  const path = join(made, 'child.mjs');
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
  return { path, [Symbol.asyncDispose]: () => rm(made, { recursive: true, force: true }) };
}

export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** What it said so far. */
  readonly lines: string[];
  readonly said: (line: string) => Promise<void>;
  /** Its exit code or signal, and what it wrote about that. */
  readonly ended: Promise<{ how: number | string | null; stderr: string }>;
}

export function start(program: string, args: readonly string[]): Child {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
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
    said: async (line) => {
      while (!lines.includes(line)) await once(reader, 'line');
    },
    ended: once(child, 'close').then(([code, signal]) => ({ how: code ?? signal, stderr })),
  };
}
