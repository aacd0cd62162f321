import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listBundledPackages } from '../../scripts/bundled-packages.js';
import { REPOSITORY, runCommand } from '../support/install.js';

const LICENSES = join(REPOSITORY, 'THIRD_PARTY_LICENSES');

/** Text that only the code of one package contains, and that survives minification. */
const FRAGMENTS: Readonly<Record<string, string>> = {
  '@modelcontextprotocol/server': 'io.modelcontextprotocol',
  commander: 'commander.unknownCommand',
  'content-type': 'invalid parameter format',
  jose: 'ERR_JWT_EXPIRED',
  ky: 'Request failed with',
  opossum: 'Breaker is open',
  zod: 'ZodError',
};

/** Returns the text of a package's license, with the texts to which the file refers. */
function findLicenseText(licenses: string, name: string): string {
  const sections = licenses.split(`\n\n${'-'.repeat(80)}\n\n`);
  const [, notice = ''] = sections.at(-2)?.split('Permission notice of the MIT License\n\n') ?? [];
  const [, terms = ''] = sections.at(-1)?.split('Terms of the Apache License\n\n') ?? [];
  const section = sections.find((text) => text.startsWith(`${name} `) || text.includes(`\n\n${name} `)) ?? '';
  const headings = /^(?:\S+ \d[\w.-]* \([^)]+\)\n\nIn .*\.\n\n)+/;
  return section
    .replace(headings, '')
    .replace('[permission notice of the MIT License, at the end of this file]', notice)
    .replace('[terms of the Apache License, at the end of this file]', terms);
}

/** Makes texts equal that differ only in line breaks, the kind of quotes, or one article in the Apache License. */
const toWords = (text: string) =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('"', "'")
    .replaceAll('submitted to the Licensor', 'submitted to Licensor')
    .trim();

it('THIRD_PARTY_LICENSES has the license of each package whose code is in dist', async () => {
  const licenses = await readFile(LICENSES, 'utf8');
  const packages = await listBundledPackages();
  for (const { name, version, license } of packages)
    expect(licenses).toContain(`\n${name} ${version} (${license})\n`);
  for (const { name, licenseText } of packages)
    expect(toWords(findLicenseText(licenses, name)), name).toBe(toWords(licenseText));
  expect(licenses.match(/END OF TERMS AND CONDITIONS/g)).toHaveLength(1);
  expect([...licenses.matchAll(/^(\S+) \d[\w.-]* \([^)]+\)$/gm)].map(([, name]) => name)).toEqual(
    packages.map(({ name }) => name),
  );
});

it('the list of bundled packages agrees with what is in the files of dist', async () => {
  const packages = await listBundledPackages();
  const dist = join(REPOSITORY, 'dist');
  const files = (await readdir(dist)).filter((file) => /\.c?js$/.test(file));
  const code = (await Promise.all(files.map((file) => readFile(join(dist, file), 'utf8')))).join('\n');
  for (const [name, fragment] of Object.entries(FRAGMENTS)) {
    expect(code, name).toContain(fragment);
    expect(packages.map((entry) => entry.name)).toContain(name);
  }
});

it('`npm run licenses -- --check` fails if a license is missing or of another version', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-licenses-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'licenses');
  const check = () =>
    runCommand('npm', ['run', '--silent', 'licenses', '--', '--check', file], { cwd: REPOSITORY });
  await copyFile(LICENSES, file);
  await check();
  const content = await readFile(LICENSES, 'utf8');
  for (const [text, replacement] of [
    [/-{80}\n\ncontent-type [\s\S]*?(?=-{80})/, ''],
    ['content-type 1.0.5', 'content-type 1.0.4'],
  ] as const) {
    const changed = content.replace(text, replacement);
    expect(changed).not.toBe(content);
    await writeFile(file, changed);
    await expect(check()).rejects.toMatchObject({ stderr: expect.stringContaining('content-type 1.0.5') });
  }
});
