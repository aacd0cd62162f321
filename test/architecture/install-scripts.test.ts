import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../scripts/check-install-scripts.mjs', import.meta.url));

interface Manifest {
  readonly version?: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Runs the check on a project with these packages, and returns what it prints. Throws if the check fails. */
function check(
  allowScripts: Readonly<Record<string, boolean>>,
  packages: Readonly<Record<string, Manifest>>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'persona-install-scripts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ allowScripts }));
  for (const [path, { version = '1.0.0', scripts }] of Object.entries(packages)) {
    const packageFolder = join(folder, 'node_modules', path);
    mkdirSync(packageFolder, { recursive: true });
    const name = path.replace(/^.*node_modules\//, '');
    writeFileSync(join(packageFolder, 'package.json'), JSON.stringify({ name, version, scripts }));
    if (name === 'native') writeFileSync(join(packageFolder, 'binding.gyp'), '');
  }
  return execFileSync(process.execPath, [PROGRAM, folder], { encoding: 'utf8', stdio: 'pipe' }).trim();
}

const POSTINSTALL = { scripts: { postinstall: 'node evil.js' } };

describe('the check of install scripts', () => {
  it('accepts listed packages, and prints those whose scripts may run', () => {
    const packages = {
      plain: { scripts: { test: 'x', prepare: 'x' } },
      listed: POSTINSTALL,
      '@scope/listed': POSTINSTALL,
      pinned: { ...POSTINSTALL, version: '2.0.0' },
      denied: POSTINSTALL,
      'plain/node_modules/listed': POSTINSTALL,
    };
    const allowScripts = { listed: true, '@scope/listed': true, 'pinned@2.0.0': true, denied: false };
    expect(check(allowScripts, packages).split(' ').sort()).toEqual(['@scope/listed', 'listed', 'pinned']);
    expect(check({}, { plain: {} })).toBe('');
  });

  it.each([
    ['a postinstall script', { evil: POSTINSTALL }, 'evil 1.0.0'],
    ['a preinstall script', { evil: { scripts: { preinstall: 'x' } } }, 'evil 1.0.0'],
    ['an install script', { evil: { scripts: { install: 'x' } } }, 'evil 1.0.0'],
    ['a scope', { '@evil/one': POSTINSTALL }, '@evil/one 1.0.0'],
    ['a place inside another package', { 'plain/node_modules/evil': POSTINSTALL, plain: {} }, 'evil 1.0.0'],
    ['native code', { native: {} }, 'native 1.0.0'],
    ['another version than the listed one', { pinned: { ...POSTINSTALL, version: '2.0.1' } }, 'pinned 2.0.1'],
  ])('rejects an unlisted package with %s', (_, packages: Record<string, Manifest>, message) => {
    expect(() => check({ 'pinned@2.0.0': true }, packages)).toThrow(message);
  });
});
