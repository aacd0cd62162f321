import { execFile, execFileSync } from 'node:child_process';
import { existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { runCli, setupCli } from '../support/cli.js';

const execFileAsync = promisify(execFile);

const ROWS = 'name,demographic.age\nAda,36\nBad,x\n';
const REJECTED = 'name,demographic.age\nBad,x\n';

async function setup() {
  const cli = await setupCli({ dialect: 'attributes' });
  writeFileSync(cli.file('p.csv'), ROWS);
  return {
    ...cli,
    read: (name: string) => readFileSync(cli.file(name), 'utf8'),
    /** Runs an import of `p.csv`. Each option that starts with `./` is a file in the folder. */
    importRows: async (...args: string[]) => {
      const paths = args.map((arg) => (arg.startsWith('./') ? cli.file(arg.slice(2)) : arg));
      return cli.run(['import', cli.file('p.csv'), '--json', ...paths]);
    },
    countCreates: () => cli.requestLines().filter((line) => line.startsWith('POST')).length,
  };
}

describe('rejected rows', () => {
  it.each([
    ['by default', [], 'p.rejected'],
    ['with --rejected', ['--rejected', './bad.csv'], 'bad'],
  ])('go to a new file each time, so that no row that a user fixed is lost: %s', async (_, options, name) => {
    const { importRows, read, file } = await setup();
    await importRows(...options);
    writeFileSync(file(`${name}.csv`), 'name,demographic.age\nBad,33\n');
    const reports = [await importRows(...options), await importRows(...options)];
    expect(read(`${name}.csv`)).toContain('Bad,33');
    expect(reports.map(({ code }) => code)).toEqual([3, 3]);
    const createdFiles = reports.map(({ stdout }) => basename(JSON.parse(stdout).rejectedFile));
    expect(createdFiles).toEqual([`${name}-2.csv`, `${name}-3.csv`]);
    for (const created of createdFiles) expect(read(created)).toBe(REJECTED);
  });

  it.each([
    ['a link to a file', 'precious'],
    ['a link to nothing', 'nothing'],
  ])('do not follow %s', async (_, target) => {
    const { importRows, read, file } = await setup();
    writeFileSync(file('precious'), 'precious');
    symlinkSync(target, file('p.rejected.csv'));
    const { stdout } = await importRows();
    expect(read('precious')).toBe('precious');
    expect(existsSync(file('nothing'))).toBe(false);
    expect(JSON.parse(stdout).rejectedFile).toBe(file('p.rejected-2.csv'));
  });

  it('go to a device or a pipe only if --rejected names it', async () => {
    const { importRows, file, read } = await setup();
    const discarded = await importRows('--rejected', '/dev/null');
    expect(JSON.parse(discarded.stdout).rejectedFile).toBe('/dev/null');
    execFileSync('mkfifo', [file('pipe'), file('p.rejected.csv')]);
    const [piped] = await Promise.all([readFile(file('pipe'), 'utf8'), importRows('--rejected', './pipe')]);
    expect(piped).toBe(REJECTED);
    expect(JSON.parse((await importRows()).stdout).rejectedFile).toBe(file('p.rejected-2.csv'));
    expect(read('p.rejected-2.csv')).toBe(REJECTED);
  });
});

it.each([
  ['in a missing folder', './missing/bad.csv', 'no such file or directory'],
  ['in a file', './p.csv/bad.csv', 'not a directory'],
])('refuses a file of rejected rows %s, and sends nothing', async (_, rejected, reason) => {
  const { importRows, file, countCreates } = await setup();
  const { code, stderr } = await importRows('--rejected', rejected);
  const path = file(rejected.slice(2));
  expect(JSON.parse(stderr).error.message).toBe(`Cannot write ${path}: ${reason}. Nothing was sent.`);
  expect(code).toBe(2);
  expect(countCreates()).toBe(0);
  expect(existsSync(file('p.csv.journal'))).toBe(false);
});

describe('the same file as input, journal or rejected rows is an invalid argument', () => {
  it.each([
    ['the same name', ['--rejected', './p.csv'], /The input and the file of rejected rows are the same/],
    ['a hard link', ['--rejected', './hard.csv'], /The input and the file of rejected rows/],
    ['a symbolic link', ['--rejected', './soft.csv'], /The input and the file of rejected rows/],
    ['the input as the journal', ['--journal', './hard.csv'], /The input and the journal/],
    ['the lock of the journal', ['--journal', './locked'], /The input and the lock of the journal/],
    [
      'the journal for rejected rows',
      ['--journal', './new', '--rejected', './new'],
      /The journal and the file of rejected rows/,
    ],
    ['a folder', ['--rejected', './'], /is a folder/],
  ])('%s', async (_, options, message) => {
    const { importRows, read, file, countCreates } = await setup();
    linkSync(file('p.csv'), file('hard.csv'));
    linkSync(file('p.csv'), file('locked.lock'));
    symlinkSync('p.csv', file('soft.csv'));
    const { code, stderr } = await importRows(...options);
    expect(JSON.parse(stderr).error.message).toMatch(message);
    expect(code).toBe(2);
    expect(read('p.csv')).toBe(ROWS);
    expect(countCreates()).toBe(0);
  });

  it.each(['-', '/dev/stdin', '/dev/fd/0'])('%s, redirected from the file', async (input) => {
    const { file, read, env, countCreates } = await setup();
    const { code, stderr } = await runCli(
      ['import', input, '--format', 'csv', '--no-journal', '--rejected', file('p.csv'), '--json'],
      { env, stdinFile: file('p.csv') },
    );
    expect(JSON.parse(stderr).error.message).toContain('The input and the file of rejected rows');
    expect(code).toBe(2);
    expect(read('p.csv')).toBe(ROWS);
    expect(countCreates()).toBe(0);
  });
});

it.each([
  ['<(cat p.csv)', 'a process substitution'],
  ['/dev/stdin < p.csv', 'a redirection'],
])('reads %s: no file appears beside /dev/fd, and rejected rows go to the current folder', async (input) => {
  const { file, read, env, countCreates } = await setup();
  const options = { cwd: file('.'), env: { ...process.env, ...env } };
  const command = `"$0" "$1" import ${input} --format csv --json`;
  const result = execFileAsync('bash', ['-c', command, process.execPath, inject('cliEntry')], options);
  const { code, stdout } = await result.catch((error) => error);
  expect(JSON.parse(stdout)).toMatchObject({ created: 1, rejected: 1, rejectedFile: 'stdin.rejected.csv' });
  expect(JSON.parse(stdout)).not.toHaveProperty('journal');
  expect(code).toBe(3);
  expect(read('stdin.rejected.csv')).toBe(REJECTED);
  expect(countCreates()).toBe(1);
});

describe('a standard output that is an input is an invalid argument', () => {
  it.each([
    ['$PC import p.csv >> p.csv', 'The input and the standard output are the same file'],
    ['$PC import p.csv 2>> p.csv > out', 'The input and the standard error are the same file'],
    ['$PC import - --format csv < p.csv >> p.csv', 'The input and the standard output are the same file'],
    ['$PC create --data @p.csv >> p.csv', 'The input and the standard output are the same file'],
    ['$PC create --data - < p.csv 1>> hard.csv', 'The input and the standard output are the same file'],
  ])('%s', async (command, message) => {
    const { shell, file, read, countCreates } = await setup();
    linkSync(file('p.csv'), file('hard.csv'));
    const { code, stderr } = await shell(command);
    const appended = read('p.csv').slice(ROWS.length);
    expect(stderr + appended).toContain(message);
    expect(appended.split('\n').length).toBeLessThan(3); // the message, if the file is the standard error
    expect(code).toBe(2);
    expect(countCreates()).toBe(0);
  });

  it('two outputs may share a file', async () => {
    const { shell, read } = await setup();
    expect((await shell('$PC import p.csv > log 2>&1')).code).toBe(3);
    expect(read('log')).toContain('Imported 1 persona.');
  });
});

describe('a journal', () => {
  it.each([
    ['text without a line break', 'precious'],
    ['one line of NDJSON without a line break', '{"type":"Feature","name":"Ada"}'],
  ])('is not replaced if it is something else: %s', async (_, content) => {
    const { importRows, read, file, countCreates } = await setup();
    writeFileSync(file('notes'), content);
    const { code, stderr } = await importRows('--journal', './notes');
    expect(JSON.parse(stderr).error.message).toContain('is not a journal or is damaged');
    expect(code).toBe(1);
    expect(read('notes')).toBe(content);
    expect(countCreates()).toBe(0);
  });

  it.each(['p.csv.journal', 'p.csv.journal.lock'])('is not a link: %s', async (name) => {
    const { importRows, read, file, countCreates } = await setup();
    writeFileSync(file('precious'), '');
    symlinkSync('precious', file(name));
    const { code, stderr } = await importRows();
    expect(JSON.parse(stderr).error.message).toContain(`${name} is a link`);
    expect(code).toBe(1);
    expect(read('precious')).toBe('');
    expect(countCreates()).toBe(0);
  });

  it('is a regular file, and an import without it has no progress to resume', async () => {
    const { importRows, file, countCreates } = await setup();
    execFileSync('mkfifo', [file('pipe')]);
    const { code, stderr } = await importRows('--journal', './pipe');
    expect(JSON.parse(stderr).error.message).toMatch(
      /pipe is not a regular file\. Nothing was sent\. Name another file\.$/,
    );
    expect(code).toBe(1);
    expect(countCreates()).toBe(0);
  });
});
