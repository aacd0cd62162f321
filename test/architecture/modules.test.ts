import { describe, expect, it } from 'vitest';
import {
  describeImports,
  files,
  findCycles,
  graphOf,
  type Import,
  imports,
  isSourceFile,
  getModule,
  readSource,
} from '../support/source-graph.js';

/** From high to low. A module imports only modules below it, type imports included. */
const ORDER: readonly (readonly string[])[] = [
  ['cli'],
  ['testing', 'mcp', 'node', 'browser', 'otel', 'query'],
  ['collections', 'service'],
  ['index.ts'],
  ['client'],
  ['endpoints'],
  ['auth'],
  ['pipeline'],
  ['cache'],
  ['config'],
  ['core'],
  ['schemas'],
];

/** Imports that go upwards, each with its reason. At most two. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const modules = [...new Set(files.map(getModule))];
const internal = imports.filter(({ target }) => isSourceFile(target));
const between = internal.filter(({ file, target }) => getModule(file) !== getModule(target));
const heightOf = (module: string) => ORDER.findIndex((level) => level.includes(module));
const isException = ({ file, target }: Import) => `${file} imports ${target}` in EXCEPTIONS;

describe('modules', () => {
  it('are at most 20, and only index.ts is a loose file', () => {
    expect(modules.length).toBeLessThanOrEqual(20);
    expect(files.filter((file) => !file.includes('/'))).toEqual(['index.ts']);
  });

  it('have an index.ts that begins with a comment about the module', () => {
    const folders = modules.filter((module) => module !== 'index.ts');
    expect(folders.filter((folder) => !isSourceFile(`${folder}/index.ts`))).toEqual([]);
    const withoutComment = folders.filter(
      (folder) => !/^(?:#!.*\n)?\/\*/.test(readSource(`${folder}/index.ts`)),
    );
    expect(withoutComment).toEqual([]);
  });

  it('all have a place in the order', () => {
    expect(modules.filter((module) => heightOf(module) === -1)).toEqual([]);
    expect(ORDER.flat().filter((module) => !modules.includes(module))).toEqual([]);
  });

  it('import only modules below them, type imports included', () => {
    const upward = between.filter(
      ({ file, target }) =>
        heightOf(getModule(target)) <= heightOf(getModule(file)) &&
        !isException({ file, target, isTypeOnly: false }),
    );
    expect(describeImports(upward)).toEqual([]);
    expect(Object.keys(EXCEPTIONS).length).toBeLessThanOrEqual(2);
    expect(Object.keys(EXCEPTIONS).filter((text) => !describeImports(between).includes(text))).toEqual([]);
  });

  it('form no circle, type imports included', () => {
    const counted = between.filter((found) => !isException(found));
    expect(
      findCycles(graphOf(counted.map(({ file, target }) => [getModule(file), getModule(target)]))),
    ).toEqual([]);
  });
});

describe('files', () => {
  it('form no circle, type imports included', () => {
    expect(findCycles(graphOf(internal.map(({ file, target }) => [file, target])))).toEqual([]);
  });

  it('have at most 200 lines, unless they hold one idea that is named here', () => {
    const long = files.filter((file) => readSource(file).split('\n').length > 201);
    expect(long.filter((file) => !(file in LONG_FILES))).toEqual([]);
    expect(Object.keys(LONG_FILES).filter((file) => !long.includes(file))).toEqual([]);
  });
});

/** Files over 200 lines, with the one idea of each. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'client/client.ts': 'the client class with its doc comments',
  'core/events.ts': 'the events with their doc comments',
  'service/seed/examples.ts': 'data: the example personas',
};
