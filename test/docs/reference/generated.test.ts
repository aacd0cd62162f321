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

test('there are generated sections', () => {
  expect(generated.length).toBeGreaterThan(1);
});
