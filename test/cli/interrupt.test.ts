import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { setupCli } from '../support/cli.js';

describe('Ctrl-C ends an import at once', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'that waits for its first row on standard input: %s',
    async (signal) => {
      const { run, service } = await setupCli();
      const result = await run(['import', '-', '--format', 'ndjson'], {
        keepsStdinOpen: true,
        whileRunning: async (kill) => {
          await vi.waitUntil(() => service.requests.length > 0, { timeout: 20_000 });
          kill(signal);
        },
      });
      expect(result).toEqual({
        code: 130,
        stdout: '',
        stderr: 'persona-client: Interrupted. Nothing was sent.\n',
      });
    },
  );

  it('that waits for another row on standard input, and reports what it imported', async () => {
    const { run, service, storedPersonas } = await setupCli();
    const created = () => service.requests.filter(({ method }) => method === 'POST').length;
    const { code, stdout } = await run(['import', '-', '--format', 'ndjson', '--json'], {
      stdin: ['Ada Lovelace', 'Grace Hopper', 'Hedy Lamarr'].map((name) => `{"name":"${name}"}\n`).join(''),
      keepsStdinOpen: true,
      whileRunning: async (kill) => {
        await vi.waitUntil(async () => created() === 3 && (await storedPersonas()).length === 3, {
          timeout: 20_000,
        });
        kill('SIGINT');
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({ created: 3, complete: false });
    expect(code).toBe(130);
  });

  it('that waits for data in a named pipe', async () => {
    const { run, file } = await setupCli();
    execFileSync('mkfifo', [file('pipe.csv')]);
    let writer: number | undefined;
    const { code, stderr } = await run(['import', file('pipe.csv')], {
      whileRunning: async (kill) => {
        // Fails until the command reads the pipe.
        await vi.waitUntil(
          () => {
            try {
              writer = openSync(file('pipe.csv'), constants.O_WRONLY | constants.O_NONBLOCK);
            } catch {}
            return writer !== undefined;
          },
          { timeout: 20_000 },
        );
        kill('SIGINT');
      },
    });
    if (writer !== undefined) closeSync(writer);
    expect(stderr).toContain('Interrupted. Nothing was sent.');
    // While the command reads the pipe, the signal ends it without an exit code, which a shell shows as 130. Before it reads, the
    // command itself exits with 130.
    expect([null, 130]).toContain(code);
    expect(existsSync(file('pipe.csv.journal'))).toBe(false);
  });
});

it('a second Ctrl-C ends a command that still waits, and leaves no temporary file', async () => {
  const { run, service, file } = await setupCli({ seed: 300 });
  service.faults.add({ stall: true, match: { path: /page=3/ } });
  const isAtPage3 = () => service.requests.some(({ path }) => path.includes('page=3'));
  const { code } = await run(['export', file('all.csv')], {
    env: { TMPDIR: file('.'), NODE_DISABLE_COMPILE_CACHE: '1' },
    whileRunning: async (kill) => {
      await vi.waitUntil(isAtPage3, { timeout: 20_000 });
      kill('SIGINT');
      kill('SIGTERM'); // the system would merge two equal signals
    },
  });
  expect(code).toBeNull(); // ended by the signal, which a shell shows as 143
  expect(readdirSync(file('.'))).toEqual([]);
});

it('an invalid file leaves no journal', async () => {
  const { run, file } = await setupCli();
  writeFileSync(file('bad.csv'), 'name,town\nAda,Oslo\n');
  writeFileSync(file('empty.csv'), '');
  writeFileSync(file('bad.json'), '[{');
  for (const name of ['bad.csv', 'empty.csv', 'bad.json'])
    expect((await run(['import', file(name)])).code).toBe(2);
  expect(readdirSync(file('.')).toSorted()).toEqual(['bad.csv', 'bad.json', 'empty.csv']);
});
