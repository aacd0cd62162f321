import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const workflows = readdirSync(new URL('../../.github/workflows', import.meta.url)).map((file) => ({
  file,
  text: read(`.github/workflows/${file}`),
}));

/** Splits YAML at the keys with this indentation. Returns the text of each key. */
function splitKeys(text: string, indentation: number): Map<string, string> {
  const parts = text.split(new RegExp(`^ {${indentation}}(?=[\\w-]+:)`, 'm')).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf(':')), part.slice(part.indexOf(':') + 1)]));
}

const jobs = workflows.flatMap(({ file, text }) =>
  [...splitKeys(splitKeys(text, 0).get('jobs') ?? '', 2)].map(([name, job]) => ({
    name: `${file} ${name}`,
    job,
    permissions: [...(splitKeys(job, 4).get('permissions') ?? '').matchAll(/^ {6}([\w-]+: \w+)/gm)].map(
      ([, permission]) => permission,
    ),
  })),
);

/** A job has no other permissions than these. */
const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  'checks.yml linux': ['contents: read'],
  'checks.yml macos': ['contents: read'],
  'checks.yml windows': ['contents: read'],
  'release.yml build': ['contents: read'],
  'release.yml publish': ['id-token: write'],
  'release.yml github-release': ['contents: write'],
};

describe('the workflows', () => {
  it('pin every action by commit, and name its version', () => {
    const lines = workflows.flatMap(({ text }) => text.split('\n').filter((line) => /\buses:/.test(line)));
    const actions = lines.map((line) => /uses: (\S+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.exec(line)?.[1]);
    expect(lines.filter((_, index) => actions[index] === undefined)).toEqual([]);
    expect(new Set(lines.map((line) => line.trim().replace(/^- /, ''))).size).toBe(new Set(actions).size);
    expect(actions.length).toBeGreaterThan(8);
  });

  it('give each job only the permissions that it needs', () => {
    for (const { text } of workflows) expect(text).toMatch(/^permissions: \{\}$/m);
    expect(Object.fromEntries(jobs.map(({ name, permissions }) => [name, permissions]))).toEqual(PERMISSIONS);
  });

  it('install and run packages only in jobs that cannot write, and keep no token in the checkout', () => {
    for (const { name, job, permissions } of jobs) {
      const commands = [...job.replace(/ # .*/g, '').matchAll(/\b(?:npm|npx|node|gh) [\w-]+|\.ci\/\w+/g)].map(
        ([command]) => command,
      );
      const checkouts = job.match(/actions\/checkout@/g)?.length ?? 0;
      expect(job.match(/persist-credentials: false/g)?.length ?? 0, name).toBe(checkouts);
      if (permissions.every((permission) => permission?.endsWith(': read'))) continue;
      expect(checkouts, name).toBe(0);
      expect(commands, name).toEqual(name.endsWith(' publish') ? ['npm publish'] : ['gh release']);
    }
  });

  it('publish the file that was tested', () => {
    const release = workflows.find(({ file }) => file === 'release.yml')?.text ?? '';
    expect(release).toMatch(/npm publish \.\/persona-client-\*\.tgz .*--ignore-scripts$/m);
    expect(release.match(/sha256sum --check --strict/g)).toHaveLength(2);
  });

  it('expand no expression in a command, and give pull requests no secrets', () => {
    for (const { text } of workflows) {
      const commands = [...text.matchAll(/^( *)(?:- )?run: ?(.*(?:\n\1 {2,}.*)*)/gm)].map(([, , run]) => run);
      expect(commands.length).toBeGreaterThan(2);
      expect(commands.filter((command) => /\$\{\{/.test(command?.split(/\n *env:/)[0] ?? ''))).toEqual([]);
      expect(text).not.toMatch(/pull_request_target|workflow_run|secrets\./);
    }
  });

  it('check pull requests on Linux, macOS and Windows', () => {
    const checks = workflows.find(({ file }) => file === 'checks.yml')?.text ?? '';
    expect(checks).toMatch(/^ {2}pull_request:$/m);
    for (const system of ['ubuntu', 'macos', 'windows']) expect(checks).toContain(`runs-on: ${system}-`);
  });

  it('and .ci/run install packages only with .ci/install, which runs no script before the check', () => {
    expect(read('.ci/install')).toMatch(
      /^npm ci --ignore-scripts\nallowed="\$\(node scripts\/check-install-scripts\.mjs\)"\n(?:#.*\n)*\[ -z "\$allowed" \] \|\| npm rebuild \$allowed\n$/m,
    );
    for (const text of [read('.ci/run'), ...workflows.map((workflow) => workflow.text)]) {
      expect(text).toContain('.ci/install');
      expect(text).not.toMatch(/npm (?:ci|install|i)\b/);
    }
    expect(read('.npmrc')).toMatch(/^strict-allow-scripts=true$/m);
  });
});
