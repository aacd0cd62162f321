import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { root, run } from './support/tools.js';

it('the SBOM names what is installed and what is bundled, and nothing else', async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: root, maxBuffer: 2 ** 26 });
  const { components, metadata } = JSON.parse(stdout);
  const listed: string[] = components.map(
    ({ name, version }: Record<'name' | 'version', string>) => `${name} ${version}`,
  );
  const licences = await readFile(join(root, 'THIRD_PARTY_LICENSES'), 'utf8');
  const bundled = [...licences.matchAll(/^(\S+ \d[\w.-]*) \([^)]+\)$/gm)].map(([, name]) => name);
  const installed = Object.keys(manifest.dependencies).map(
    (name) => `${name} ${lock.packages[`node_modules/${name}` as keyof typeof lock.packages].version}`,
  );
  expect(metadata.component.name).toBe('persona-client');
  expect(listed.sort()).toEqual([...new Set([...bundled, ...installed])].sort());
  expect(listed.length).toBeGreaterThan(5);
});
