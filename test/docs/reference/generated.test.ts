import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatCommands, formatServiceFlags } from './command-tables.js';
import { formatOptionTable } from './option-table.js';

const FOLDER = 'docs/reference';
const SECTION = /(<!-- generated: (.+?) -->\n)[\s\S]*?(<!-- \/generated -->)/g;

/** Formats a generated section: `commands`, `service flags`, or `options`, then a file and the name of an interface in it. */
function formatSection(source: string): string {
  if (source === 'commands') return formatCommands();
  if (source === 'service flags') return formatServiceFlags();
  const [, file = '', name = ''] = /^options (\S+) (\S+)$/.exec(source) ?? [];
  return formatOptionTable(file, name);
}

const pages = readdirSync(FOLDER).map((file) => ({ file, text: readFileSync(`${FOLDER}/${file}`, 'utf8') }));
const generated = pages.filter(({ text }) => text.includes('<!-- generated:'));

// `vitest run --project docs -u` updates the pages.
test.each(generated)('the generated sections of $file match the code', async ({ file, text }) => {
  const current = text.replace(
    SECTION,
    (_, open: string, source: string, close: string) => `${open}\n${formatSection(source)}\n${close}`,
  );
  await expect(current).toMatchFileSnapshot(`../../../${FOLDER}/${file}`);
});

/** Options that tables of `options.md` or the text of a page list. */
const LISTED_ELSEWHERE = [
  ...['AccessOptions', 'BreakerOptions', 'CacheOptions', 'ClientOptions', 'ClientRetryOptions'],
  ...['RequestOptions', 'RetryOptions', 'SocketOptions', 'ToArrayOptions', 'UpdateOptions', 'ViewOptions'],
];

test('the reference lists all options that the package exports', () => {
  const exported = readdirSync('api').flatMap((file) => {
    const [names = ''] = readFileSync(`api/${file}`, 'utf8').split('Declarations');
    return names.match(/^[A-Z]\w+Options$/gm) ?? [];
  });
  const listed = pages.flatMap(({ text }) =>
    [...text.matchAll(/<!-- generated: options \S+ (\w+) -->/g)].map(([, name]) => name),
  );
  expect(exported.filter((name) => ![...listed, ...LISTED_ELSEWHERE].includes(name))).toEqual([]);
});

test('there are generated sections', () => {
  expect(generated.length).toBeGreaterThan(1);
});
