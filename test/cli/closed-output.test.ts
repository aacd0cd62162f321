import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { setupCli } from '../support/cli.js';

/** The exit codes of the commands in the last pipeline. */
const CODES = `echo "\${PIPESTATUS[@]}" >&2`;

const HAS_FULL_DEVICE = existsSync('/dev/full');

describe('a pipe whose reader has left', () => {
  it.each([
    'list --json',
    'get 1',
    'export',
    'export --format csv',
    'doctor',
    'completion bash',
    'typegen',
    '--help',
  ])('ends %s without a message', async (command) => {
    const { shell } = await setupCli({ seed: 3_000 });
    const { stderr } = await shell(`$PC ${command} 2> errors | true; ${CODES}; cat errors >&2`);
    expect(stderr).toBe('0 0\n');
  });

  it('does not stop an import, and does not change its exit code', async () => {
    const { shell, file, storedPersonas } = await setupCli({ dialect: 'attributes' });
    const rows = Array.from({ length: 200 }, (_, index) => `P${index},${index % 10 === 0 ? 'x' : 1}`);
    writeFileSync(file('p.csv'), `name,demographic.age\n${rows.join('\n')}\n`);
    const { stderr } = await shell(`$PC import p.csv 2>&1 | true; ${CODES}`);
    expect(stderr).toBe('3 0\n');
    expect(await storedPersonas()).toHaveLength(180);
    expect(readFileSync(file('p.rejected.csv'), 'utf8').trim().split('\n')).toHaveLength(21);
  });

  it('does not stop an import whose standard error is closed', async () => {
    const { shell, file, storedPersonas } = await setupCli();
    writeFileSync(file('p.csv'), 'name\nAda\nAda\n');
    expect((await shell('$PC import p.csv 2>&-')).code).toBe(3);
    expect(await storedPersonas()).toHaveLength(1);
  });
});

describe.skipIf(!HAS_FULL_DEVICE)('a full disk is one line', () => {
  it.each([
    'list --json',
    'get 1',
    'list --json',
    'export',
    'doctor',
    'completion zsh',
    '--help',
    'import p.ndjson',
  ])('for the standard output of %s', async (command) => {
    const { shell, file } = await setupCli({ seed: 1 });
    writeFileSync(file('p.ndjson'), '{"name":"Ada"}\n');
    const { stderr, code } = await shell(`$PC ${command} > /dev/full`);
    const lines = stderr.split('\n').filter((line) => /persona-client|space|error|\.js/i.test(line));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('Cannot write standard output: no space left on device.');
    expect(code).toBe(1);
  });

  it.each([
    ['create --name Bo', 2],
    ['update 1 --name Bo --json', 1],
    ['delete 1 --json', 0],
    ['erase 1', 0],
    ['import p.ndjson --json', 2],
  ])('for the standard output of %s, and says that the changes were made', async (command, count) => {
    const { shell, file, storedPersonas } = await setupCli({ seed: 1 });
    writeFileSync(file('p.ndjson'), '{"name":"Ada"}\n');
    const { stderr, code } = await shell(`$PC ${command} > /dev/full`);
    const [name] = command.split(' ');
    expect(stderr).toContain(
      `no space left on device. ${name} may already have made changes. Check them before you run it again.`,
    );
    expect(code).toBe(1);
    expect(await storedPersonas()).toHaveLength(count);
  });

  it('does not speak of changes that a dry run has not made', async () => {
    const { shell } = await setupCli({ seed: 1 });
    const { stderr } = await shell('$PC purge --older-than 2099-01-01 --dry-run > /dev/full');
    expect(stderr).toContain('Cannot write standard output: no space left on device.\n');
  });

  it.each([
    ['export /dev/full --format ndjson', 'Cannot write /dev/full: no space left on device.'],
    ['export /dev/full --format csv', 'Cannot write /dev/full: no space left on device.'],
    ['typegen -o /dev/full', 'Cannot write /dev/full: no space left on device.'],
    [
      'import p.csv --rejected /dev/full',
      'no space left on device. The import stopped after 1 persona. Run the same command again to resume.',
    ],
    [
      'import bad.csv --rejected /dev/full --no-journal',
      'The import stopped after 0 personas. This run cannot be resumed, because it has no journal.',
    ],
  ])('for the output of %s', async (command, message) => {
    const { shell, file } = await setupCli({ seed: 1, dialect: 'attributes' });
    writeFileSync(file('p.csv'), 'name,demographic.age\nAda,36\nBad,x\n');
    writeFileSync(file('bad.csv'), 'name,demographic.age\nBad,x\n');
    const { stderr, code } = await shell(`$PC ${command} --json`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stderr).error.message).toContain(message);
    expect(code).toBe(1);
  });
});
