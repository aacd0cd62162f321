import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { files, readSource } from '../support/source-graph.js';

const report = readdirSync('api')
  .map((file) => readFileSync(`api/${file}`, 'utf8'))
  .join('\n');
const publicClasses = new Set(
  [...report.matchAll(/^(?:\(not exported\) )?class (\w+)/gm)].map(([, name]) => name),
);

/** Returns the source of each class, up to the line that closes it. */
const findClasses = (source: string) =>
  [...source.matchAll(/^(?:export )?class (\w+)[\s\S]*?\n\}/gm)].map(([text, name = '']) => ({ name, text }));

// Frameworks put what applications hold into a Proxy, where `this.#x` throws. Use functions in `private` properties instead.
it('classes of the public API have no private fields (#x)', () => {
  const classes = files.flatMap((file) => findClasses(readSource(file)));
  const found = classes.filter(({ name }) => publicClasses.has(name));
  expect(new Set(found.map(({ name }) => name))).toEqual(publicClasses);
  expect(found.filter(({ text }) => /^ *[\w ]*#\w/m.test(text)).map(({ name }) => name)).toEqual([]);
  expect(report).not.toContain('#private');
});
