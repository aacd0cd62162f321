import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSX = createRequire(import.meta.url).resolve('tsx/cli');

export interface ExampleResult {
  readonly code: number | string | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Runs a script of `examples/` as a user would, without the PERSONA_ variables of this process. */
export function runExample(
  name: string,
  environment: Readonly<Record<string, string>> = {},
  timeoutMs = 20_000,
): Promise<ExampleResult> {
  const inheritedEnv = Object.entries(process.env).filter(([key]) => !/^(PERSONA_|FORCE_COLOR$)/.test(key));
  const env = { ...Object.fromEntries(inheritedEnv), ...environment };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [TSX, `examples/${name}.ts`],
      { cwd: ROOT, env, timeout: timeoutMs },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : (error.code ?? error.signal ?? null);
        resolve({ code, lines: stdout.trimEnd().split('\n'), stderr });
      },
    );
  });
}
