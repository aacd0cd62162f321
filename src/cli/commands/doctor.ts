import type { Command } from 'commander';
import { escapeControls } from '../../core/safe-text.js';
import { withClient } from '../client.js';
import type { CheckResult } from '../doctor/types.js';
import { EXIT } from '../exit-codes.js';
import { abortOnInterrupt } from '../interrupt.js';
import { colorize, formatItems, print, toJsonLine } from '../output.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';

interface DoctorOptions extends ServiceOptions {
  readonly origin?: string;
}

const MARKS = {
  ok: colorize('green', '✓'),
  warning: colorize('yellow', '!'),
  failed: colorize('red', '✗'),
  skipped: colorize('gray', '-'),
};

/** Adds `persona-client doctor`, which diagnoses problems between this machine and the service. */
export function addDoctorCommand(program: Command): void {
  addServiceOptions(program.command('doctor'))
    .description('diagnose problems between this machine and the service, and suggest fixes')
    .option('--origin <origin>', 'check whether pages from this origin may call the service (CORS)')
    .addHelpText(
      'after',
      '\nChecks address, proxy, TLS, reachability, clock, authentication, dialect, CORS and latency. Changes nothing. The exit code is 6 if\nthe service is unreachable, 5 if it rejects the credentials, and 1 if another check fails.\n\nExamples:\n  $ persona-client doctor\n  $ persona-client doctor --url https://personas.example.com --origin https://app.example.com',
    )
    .action(runDoctor);
}

async function runDoctor({ json, origin, ...options }: DoctorOptions): Promise<void> {
  const { runChecks } = await import('../doctor/index.js');
  const baseUrl = options.url ?? (process.env.PERSONA_API_URL || 'http://localhost:5050');
  const checks: CheckResult[] = [];
  let exitCode: number = EXIT.success;
  const { signal, dispose } = abortOnInterrupt();
  await withClient(
    options,
    async (client) => {
      let dialect: string | undefined = options.dialect;
      client.on('dialect', (event) => {
        dialect = event.dialect;
      });
      const url = new URL(baseUrl.replace(/\/api\/v1\/?$/, ''));
      const target = { client, url, origin, environment: process.env, dialect: () => dialect };
      for await (const { exitCode: checkExitCode = EXIT.failure, ...check } of runChecks(target, signal)) {
        checks.push(check);
        if (check.name === 'reachability' && check.status === 'failed') exitCode = EXIT.unavailable;
        else if (check.status === 'failed') exitCode ||= checkExitCode;
        if (!json) await print(formatCheck(check));
      }
    },
    { retry: false, breaker: false },
  ).finally(dispose);
  const failed = checks.filter(({ status }) => status === 'failed').length;
  const healthy = failed === 0;
  if (json) await print(toJsonLine({ url: baseUrl, healthy, checks }));
  else {
    const warnings = checks.filter(({ status }) => status === 'warning').length;
    const verdict = healthy ? colorize('green', 'Healthy') : colorize('red', `${failed} failed`);
    await print(`\n${verdict}${warnings ? `, ${formatItems(warnings, 'warning')}` : ''}`);
  }
  process.exitCode = exitCode;
}

function formatCheck({ name, status, message, advice }: CheckResult): string {
  const line = `${MARKS[status]} ${colorize('bold', name.padEnd(15))} ${escapeControls(message)}`;
  return advice ? `${line}\n${' '.repeat(18)}${colorize('cyan', advice)}` : line;
}
