import { existsSync } from 'node:fs';
import { symlink, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, onTestFinished } from 'vitest';

/** Links the built package into the `node_modules` of an example until the test ends. Returns the path of `node_modules`. */
export async function linkPackage(example: string): Promise<string> {
  const modulesPath = resolve('examples', example, 'node_modules');
  expect(
    existsSync(`${modulesPath}/.package-lock.json`),
    `run npm ci --prefix examples/${example} first`,
  ).toBe(true);
  expect(existsSync('dist/index.js'), 'run npm run build first').toBe(true);
  const link = `${modulesPath}/persona-client`;
  await unlink(link).catch(() => {}); // a killed run leaves the link
  await symlink(resolve('.'), link);
  onTestFinished(() => unlink(link));
  return modulesPath;
}
