import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { REPOSITORY, runCommand } from '../support/install.js';

it('the SBOM lists the dependencies and the bundled packages, and nothing else', async () => {
  const { stdout } = await runCommand('npm', ['run', '--silent', 'sbom'], {
    cwd: REPOSITORY,
    maxBuffer: 2 ** 26,
  });
  const { components, metadata } = JSON.parse(stdout);
  const listed: string[] = components.map(
    ({ name, version }: Record<'name' | 'version', string>) => `${name} ${version}`,
  );
  const licenses = await readFile(join(REPOSITORY, 'THIRD_PARTY_LICENSES'), 'utf8');
  const bundled = [...licenses.matchAll(/^(\S+ \d[\w.-]*) \([^)]+\)$/gm)].map(([, name]) => name);
  const dependencies = Object.keys(manifest.dependencies).map(
    (name) => `${name} ${lock.packages[`node_modules/${name}` as keyof typeof lock.packages].version}`,
  );
  expect(metadata.component.name).toBe('persona-client');
  expect(listed.sort()).toEqual([...new Set([...bundled, ...dependencies])].sort());
  expect(listed.length).toBeGreaterThan(5);
});
