import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { setupCli } from '../support/cli.js';

it.each(['ndjson', 'json', 'csv'])('exports to %s, and imports the same personas again', async (format) => {
  const source = await setupCli({ seed: 250 });
  const path = source.file(`all.${format}`);
  const exported = await source.run(['export', path]);
  expect(exported.code).toBe(0);
  expect(exported.stderr).toContain('250 personas exported.');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(existsSync(`${path}.part`)).toBe(false);

  const target = await setupCli();
  expect((await target.run(['import', path])).code).toBe(0);
  const withoutIds = (personas: readonly object[]) =>
    personas
      .map((persona) =>
        JSON.stringify(persona, (key, value) =>
          /^(?:id|persona_id|.*_at)$/.test(key) || isUnset(value) ? undefined : value,
        ),
      )
      .toSorted();
  expect(withoutIds(await target.storedPersonas())).toEqual(withoutIds(await source.storedPersonas()));
});

it.each(['ndjson', 'json', 'csv'])(
  'exports lists of the published service to %s, and imports the same lists again',
  async (format) => {
    const seed = [
      { name: 'Ada', psychographic: { interests: ['ab', 'é', '😀'], opinions: ['[', ']'] } },
      { name: 'Bob', psychographic: { interests: ['["ab"]'], attitudes: [] } },
    ];
    const source = await setupCli({ published: true, seed });
    const target = await setupCli({ published: true });
    const path = source.file(`all.${format}`);
    expect((await source.run(['export', path])).code).toBe(0);
    expect((await target.run(['import', path])).code).toBe(0);
    const stored = await target.storedPersonas();
    expect(stored.map(({ name, psychographic }) => ({ name, psychographic })).toSorted(byName)).toMatchObject(
      seed,
    );
  },
);

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);

/** Services store `[]` and `{}` for lists and maps that a create does not mention. */
const isUnset = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0);

it('writes only personas to standard output', async () => {
  const { run } = await setupCli({ seed: 3 });
  const { stdout, code } = await run(['export']);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  ).toEqual([3, 2, 1]);
  expect(code).toBe(0);
  expect((await run(['export', '-', '--format', 'json'])).stdout).toMatch(/^\[\n\{.*\n\]\n$/s);
});

it('leaves no partial file if the service fails', async () => {
  const { run, service, file } = await setupCli({ seed: 300 });
  service.faults.add({ status: 400, match: { path: /page=2/ } });
  const { code } = await run(['export', file('all.ndjson')]);
  expect(code).not.toBe(0);
  expect(existsSync(file('all.ndjson'))).toBe(false);
  expect(existsSync(file('all.ndjson.part'))).toBe(false);
});

it.each(['ndjson', 'json', 'csv'])(
  'keeps the row keys of a subresource service out of an attributes service: %s',
  async (format) => {
    const source = await setupCli({ dialect: 'subresource' });
    await source.run([
      'create',
      '--name',
      'Ada',
      '--set',
      'contextual.weather=wet',
      '--set',
      'demographic.age=36',
    ]);
    const path = source.file(`all.${format}`);
    await source.run(['export', path]);
    const target = await setupCli({ dialect: 'attributes' });
    expect((await target.run(['import', path])).code).toBe(0);
    const [stored] = await target.storedPersonas();
    expect(stored).toMatchObject({ name: 'Ada', demographic: { age: 36 }, contextual: { weather: 'wet' } });
    expect(Object.keys(stored?.contextual ?? {})).not.toContain('persona_id');
  },
);
