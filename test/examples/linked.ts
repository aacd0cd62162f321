import { existsSync } from 'node:fs';
import { symlink, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, onTestFinished } from 'vitest';

/** An example with packages of its own, installed; until the test ends it finds the built package among them. */
export async function linked(example: string): Promise<string> {
  const modules = resolve('examples', example, 'node_modules');
  expect(existsSync(`${modules}/.package-lock.json`), `npm ci --prefix examples/${example} comes first`).toBe(
    true,
  );
  expect(existsSync('dist/index.js'), 'npm run build comes first').toBe(true);
  const link = `${modules}/persona-client`;
  await unlink(link).catch(() => {}); // of a run that was killed
  await symlink(resolve('.'), link);
  onTestFinished(() => unlink(link));
  return modules;
}
