import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createProgram } from '../reference/command-tables.js';

const pages = ['README.md', ...['guides', 'reference'].flatMap((folder) => listPages(`docs/${folder}`))];

function listPages(folder: string): string[] {
  return readdirSync(folder).map((file) => `${folder}/${file}`);
}

/** The uses of the command in the shell blocks of a page: its arguments up to a comment or another command. */
const findUses = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.split('\n'))
    .flatMap((line) => [...line.matchAll(/(?:npx --no-install persona-client|dist\/cli\.js) ([^#|>)]+)/g)])
    .map(([, args = '']) => args.trim().split(/\s+/));

const uses = pages.flatMap((page) => findUses(page).map((args) => ({ page, args: args.join(' ') })));

test.each(uses)('$page: the command has $args', ({ args }) => {
  const [name, ...rest] = args.split(' ');
  const command = createProgram().commands.find((other) => other.name() === name);
  expect(command?.name()).toBe(name);
  const flags = command?.options.flatMap(({ long, short }) => [long, short]);
  const used = rest.filter((word) => word.startsWith('--'));
  // The MCP Inspector has flags of its own.
  expect(used.filter((word) => !flags?.includes(word) && !/^--method$/.test(word))).toEqual([]);
});

test('the documents use many commands', () => {
  expect(new Set(uses.map(({ args }) => args.split(' ')[0])).size).toBeGreaterThan(8);
});
