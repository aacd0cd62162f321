import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { writeOutputFile } from '../../src/cli/output-file.js';
import { createTempFolder, setupCli } from '../support/cli.js';

async function setup() {
  const cli = await setupCli({ seed: 3 });
  mkdirSync(cli.file('real'));
  writeFileSync(cli.file('real/old'), 'old');
  return {
    ...cli,
    read: (name: string) => readFileSync(cli.file(name), 'utf8'),
    /** Counts the personas in NDJSON. */
    count: (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id).length,
    export: (name: string, ...options: string[]) => cli.run(['export', cli.file(name), ...options]),
    temporaryFiles: (folder = '.') =>
      readdirSync(cli.file(folder)).filter((name) => name.startsWith('.persona-client')),
  };
}

describe('export writes through', () => {
  it.each([
    ['a relative link', 'real/old', 'real/old'],
    ['a link to a link', 'second', 'real/old'],
    ['a link to a new file', 'real/new', 'real/new'],
    ['a link to a link to a new file', 'dangling', 'real/new'],
  ])('%s', async (_, target, written) => {
    const { export: exportTo, file, read, count, temporaryFiles } = await setup();
    symlinkSync('real/old', file('second'));
    symlinkSync('real/new', file('dangling'));
    symlinkSync(target, file('latest.ndjson'));
    expect((await exportTo('latest.ndjson')).code).toBe(0);
    expect(readlinkSync(file('latest.ndjson'))).toBe(target);
    expect(count(read(written))).toBe(3);
    expect(lstatSync(file(written)).mode & 0o777).toBe(0o600);
    expect([...temporaryFiles(), ...temporaryFiles('real')]).toEqual([]);
  });

  it('a link in a linked folder, relative to the folder that it leads to', async () => {
    const { export: exportTo, file, read, count } = await setup();
    symlinkSync('real', file('folder'));
    symlinkSync('../top.ndjson', file('real/latest.ndjson'));
    expect((await exportTo('folder/latest.ndjson')).code).toBe(0);
    expect(count(read('top.ndjson'))).toBe(3);
  });
});

describe('export writes directly to', () => {
  it('a named pipe, whose reader may come later', async () => {
    const { run, file, count } = await setup();
    execFileSync('mkfifo', [file('pipe.ndjson')]);
    const exported = run(['export', file('pipe.ndjson'), '--json']);
    const received = await readFile(file('pipe.ndjson'), 'utf8');
    expect(count(received)).toBe(3);
    expect(JSON.parse((await exported).stdout)).toMatchObject({ exported: 3, complete: true });
    expect(lstatSync(file('pipe.ndjson')).isFIFO()).toBe(true);
  });

  it('a process substitution, a descriptor, /dev/stdout and /dev/null', async () => {
    const { shell, read, count } = await setup();
    const { stdout, code } = await shell(
      [
        '$PC export >(cat > substituted) && sleep 0.1',
        '{ echo first >&3; $PC export /dev/fd/3; } 3> descriptor',
        '$PC export /dev/stdout > redirected',
        '$PC export /dev/stdout --json 2> report | cat',
        '$PC export /dev/null && stat -c %F /dev/null',
      ].join(' && '),
    );
    expect(code).toBe(0);
    for (const name of ['substituted', 'redirected']) expect(count(read(name))).toBe(3);
    expect(read('descriptor')).toMatch(/^first\n\{/);
    expect(stdout).toContain('character special file');
    expect(count(stdout.replace('character special file\n', ''))).toBe(3);
    expect(JSON.parse(read('report'))).toMatchObject({ exported: 3 });
  });

  it('a pipe with a slow reader, also if the garbage collector runs meanwhile', async () => {
    const { run, file } = await setupCli({ seed: 5_000 });
    const program = 'const run = setInterval(() => gc(), 1); run.unref();';
    writeFileSync(file('collect-garbage.mjs'), program);
    execFileSync('mkfifo', [file('pipe.ndjson')]);
    const exported = run(['export', file('pipe.ndjson'), '--json'], {
      env: { NODE_OPTIONS: `--expose-gc --import=${pathToFileURL(file('collect-garbage.mjs'))}` },
    });
    const received = await text(createReadStream(file('pipe.ndjson'), { highWaterMark: 256 }));
    expect(JSON.parse((await exported).stdout)).toMatchObject({ exported: 5_000, complete: true });
    expect(received.trimEnd().split('\n')).toHaveLength(5_000);
  });

  it('a pipe whose reader leaves: says so, and exits with 1', async () => {
    const { shell, file } = await setupCli({ seed: 5_000 });
    execFileSync('mkfifo', [file('pipe.ndjson')]);
    const { stdout, stderr } = await shell(
      'head -c 10 pipe.ndjson > /dev/null & $PC export pipe.ndjson; echo $?',
    );
    expect(stdout).toBe('1\n');
    expect(stderr).toContain('persona-client: Cannot write pipe.ndjson: broken pipe.');
  });
});

describe('an older file', () => {
  it('is replaced, and no other file is touched', async () => {
    const { export: exportTo, file, read, temporaryFiles } = await setup();
    for (const name of ['k.csv', 'k.csv.part']) writeFileSync(file(name), 'mine');
    expect((await exportTo('k.csv')).code).toBe(0);
    expect(read('k.csv')).toMatch(/^id,name/);
    expect(read('k.csv.part')).toBe('mine');
    expect(temporaryFiles()).toEqual([]);
  });

  it.each(['ndjson', 'csv'])(
    'stays if the service fails, the disk is full, or the user interrupts: %s',
    async (format) => {
      const { run, shell, service, file, read, temporaryFiles } = await setupCliWithOldFile(format);
      service.faults.add({ status: 400, match: { path: /page=2/ } });
      expect((await run(['export', file(`all.${format}`)])).code).toBe(1);
      service.faults.clear();
      const full = await shell(`ulimit -f 8; $PC export all.${format}`); // 8 KiB
      expect(full.code).toBe(1);
      expect(full.stderr).toMatch(/persona-client: .*(file too large|no space left)/);
      expect(full.stderr).not.toMatch(/\.js:\d|nothing was written/i);
      service.faults.add({ stall: true, match: { path: /page=2/ } });
      service.clearRequests();
      const interrupted = await run(['export', file(`all.${format}`)], {
        whileRunning: async (kill) => {
          await vi.waitUntil(() => service.requests.some(({ path }) => path.includes('page=2')), {
            timeout: 20_000,
          });
          kill('SIGINT');
        },
      });
      expect(interrupted.code).toBe(130);
      expect(interrupted.stderr).toContain('Interrupted. The export is not complete.');
      expect(read()).toBe('old');
      expect(temporaryFiles()).toEqual([]);
    },
  );

  async function setupCliWithOldFile(format: string) {
    const cli = await setupCli({ seed: 300 });
    writeFileSync(cli.file(`all.${format}`), 'old');
    return {
      ...cli,
      read: () => readFileSync(cli.file(`all.${format}`), 'utf8'),
      temporaryFiles: () => readdirSync(cli.file('.')).filter((name) => name.startsWith('.persona')),
    };
  }
});

it('refuses a folder, and the token file under any name', async () => {
  const { run, file, read } = await setup();
  mkdirSync(file('settings'));
  writeFileSync(file('settings/tokens.json'), '{"precious":true}');
  symlinkSync('settings/tokens.json', file('link.json'));
  for (const [args, message] of [
    [['export', file('link.json')], 'The token file and the output are the same file'],
    [['export', file('settings/tokens.json')], 'The token file and the output are the same file'],
    [['typegen', '-o', file('link.json')], 'The token file and the output are the same file'],
    [['export', file('real'), '--format', 'csv'], 'is a folder'],
    [['typegen', '-o', file('real')], 'is a folder'],
  ] as const)
    expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  expect(read('settings/tokens.json')).toBe('{"precious":true}');
});

it('separates the cells of a TSV file by tabs, and adds a byte order mark with --bom', async () => {
  const { export: exportTo, run, read, file } = await setup();
  expect((await exportTo('all.tsv', '--bom')).code).toBe(0);
  expect(read('all.tsv')).toMatch(/^\ufeffid\tname\tcreated_at\tupdated_at\t/);
  expect((await run(['export', '--format', 'tsv'])).stdout).toMatch(/^id\tname\t/);
  expect((await exportTo('all.csv', '--bom')).code).toBe(0);
  expect(read('all.csv')).toMatch(/^\ufeffid,name,/);
  const target = await setupCli();
  for (const name of ['all.tsv', 'all.csv'])
    expect(JSON.parse((await target.run(['import', file(name), '--json'])).stdout)).toMatchObject({
      created: 3,
    });
  expect(await exportTo('all.ndjson', '--bom')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--bom needs CSV or TSV, not ndjson.'),
  });
  expect(existsSync(file('all.ndjson'))).toBe(false);
});

it('typegen replaces its file through a link, readable by others', async () => {
  const { run, file, read } = await setup();
  symlinkSync('real/old', file('fields.ts'));
  expect((await run(['typegen', '-o', file('fields.ts')])).code).toBe(0);
  expect(read('real/old')).toContain('defineAttributes');
  expect(lstatSync(file('fields.ts')).isSymbolicLink()).toBe(true);
  expect(lstatSync(file('real/old')).mode & 0o444).toBe(0o444 & ~process.umask());
});

it('stops waiting for the reader of a pipe when the user interrupts', async () => {
  const file = await createTempFolder();
  execFileSync('mkfifo', [file('pipe')]);
  const controller = new AbortController();
  const written = writeOutputFile({ path: file('pipe'), mode: 0o600 }, ['text'], controller.signal);
  controller.abort(new Error('Interrupted.'));
  await expect(written).rejects.toThrow();
});
