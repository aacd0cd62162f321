import type { Command } from 'commander';
import { interruption, type ServiceFlags, withClient, withService } from '../connect.js';
import type { Finding } from '../doctor/types.js';
import { EXIT } from '../exit-codes.js';
import { coloured, print, shown } from '../terminal.js';

interface Flags extends ServiceFlags {
  readonly origin?: string;
}

const MARKS = {
  ok: coloured('green', '✓'),
  warning: coloured('yellow', '!'),
  failed: coloured('red', '✗'),
  skipped: coloured('gray', '-'),
};

/** `persona-client doctor`: what may stand between this machine and the service. */
export function addDoctor(program: Command): void {
  withService(program.command('doctor'))
    .description('look for what may stand between this machine and the service, and say what to do')
    .option('--origin <origin>', 'ask whether pages of this origin may call the service (CORS)')
    .addHelpText(
      'after',
      '\nChecks address, proxy, TLS, reachability, clock, authentication, dialect, CORS and latency. Changes nothing.\n\nExamples:\n  $ persona-client doctor\n  $ persona-client doctor --url https://personas.example.com --origin https://app.example.com',
    )
    .action(run);
}

async function run({ json, origin, ...flags }: Flags): Promise<void> {
  const { examine } = await import('../doctor/index.js');
  const base = flags.url ?? (process.env.PERSONA_API_URL || 'http://localhost:5050');
  const findings: Finding[] = [];
  const { signal, end } = interruption();
  await withClient(
    flags,
    async (client) => {
      let dialect: string | undefined = flags.dialect;
      client.on('dialect', (event) => {
        dialect = event.dialect;
      });
      const url = new URL(base.replace(/\/api\/v1\/?$/, ''));
      for await (const finding of examine(
        { client, url, origin, environment: process.env, dialect: () => dialect },
        signal,
      )) {
        findings.push(finding);
        if (!json) await print(lineOf(finding));
      }
    },
    { retry: false, breaker: false },
  ).finally(end);
  const failed = findings.filter(({ state }) => state === 'failed').length;
  const warnings = findings.filter(({ state }) => state === 'warning').length;
  if (json) await print(JSON.stringify({ url: base, healthy: failed === 0, findings }));
  else
    await print(
      `\n${failed === 0 ? coloured('green', 'Healthy') : coloured('red', `${failed} failed`)}${warnings ? `, ${warnings} to look at` : ''}`,
    );
  if (failed > 0)
    process.exitCode = findings.some(({ check, state }) => check === 'reachability' && state === 'failed')
      ? EXIT.unavailable
      : EXIT.failed;
}

function lineOf({ check, state, found, advice }: Finding): string {
  const line = `${MARKS[state]} ${coloured('bold', check.padEnd(15))} ${shown(found)}`;
  return advice ? `${line}\n${' '.repeat(18)}${coloured('cyan', advice)}` : line;
}
