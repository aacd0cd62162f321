import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  buildGraph,
  describeImports,
  files,
  findCycles,
  getModule,
  type Import,
  imports,
  isSourceFile,
  readSource,
} from '../support/source-graph.js';

/** Modules from high to low. A module imports only lower modules, type imports included. */
const ORDER: readonly (readonly string[])[] = [
  ['cli'],
  ['testing', 'mcp', 'node', 'browser', 'browse', 'otel', 'query'],
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

/** Imports of a higher module, each with a reason. At most two. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const modules = [...new Set(files.map(getModule))];
const sourceImports = imports.filter(({ target }) => isSourceFile(target));
const crossModuleImports = sourceImports.filter(({ file, target }) => getModule(file) !== getModule(target));
const findLevel = (module: string) => ORDER.findIndex((level) => level.includes(module));
const isException = ({ file, target }: Import) => `${file} imports ${target}` in EXCEPTIONS;

describe('modules', () => {
  it('number at most 20, and only index.ts is outside a folder', () => {
    expect(modules.length).toBeLessThanOrEqual(20);
    expect(files.filter((file) => !file.includes('/'))).toEqual(['index.ts']);
  });

  it('have an index.ts that begins with a comment about the module', () => {
    const folders = modules.filter((module) => module !== 'index.ts');
    expect(folders.filter((folder) => !isSourceFile(`${folder}/index.ts`))).toEqual([]);
    const missingComments = folders.filter(
      (folder) => !/^(?:#!.*\n)?\/\*/.test(readSource(`${folder}/index.ts`)),
    );
    expect(missingComments).toEqual([]);
  });

  it('all have a level in ORDER', () => {
    expect(modules.filter((module) => findLevel(module) === -1)).toEqual([]);
    expect(ORDER.flat().filter((module) => !modules.includes(module))).toEqual([]);
  });

  it('import only lower modules, type imports included', () => {
    const upward = crossModuleImports.filter(
      ({ file, target }) =>
        findLevel(getModule(target)) <= findLevel(getModule(file)) &&
        !isException({ file, target, isTypeOnly: false, isDynamic: false }),
    );
    expect(describeImports(upward)).toEqual([]);
    expect(Object.keys(EXCEPTIONS).length).toBeLessThanOrEqual(2);
    expect(
      Object.keys(EXCEPTIONS).filter((text) => !describeImports(crossModuleImports).includes(text)),
    ).toEqual([]);
  });

  it('have no import cycles, type imports included', () => {
    const counted = crossModuleImports.filter((entry) => !isException(entry));
    expect(
      findCycles(buildGraph(counted.map(({ file, target }) => [getModule(file), getModule(target)]))),
    ).toEqual([]);
  });
});

describe('files', () => {
  it('that CONTRIBUTING.md names for one call exist, and are at most 12', async () => {
    const text = await readFile(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
    const [, list = ''] = text.split('<!-- list: files of a call -->');
    const [table = ''] = list.trim().split('\n\n');
    const named = [...table.matchAll(/^\| `src\/(.+?)` \|/gm)].map(([, file]) => file ?? '');
    expect(named.filter((file) => !isSourceFile(file))).toEqual([]);
    expect(named).toHaveLength(12);
  });

  it('have no import cycles, type imports included', () => {
    expect(findCycles(buildGraph(sourceImports.map(({ file, target }) => [file, target])))).toEqual([]);
  });

  it('have at most 200 lines, except those in LONG_FILES', () => {
    const long = files.filter((file) => readSource(file).split('\n').length > 201);
    expect(long.filter((file) => !(file in LONG_FILES))).toEqual([]);
    expect(Object.keys(LONG_FILES).filter((file) => !long.includes(file))).toEqual([]);
  });
});

/** Files over 200 lines, with the reason why the file is not split. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'client/client.ts': 'the client class with its doc comments',
  'core/events.ts': 'the events with their doc comments',
  'service/seed/examples.ts': 'data: the example personas',
};

/** Names that three or more files declare, with the reason. */
const REPEATED_NAMES: Readonly<Record<string, string>> = {
  ATTRIBUTE_CATEGORIES: 'service and collections must not import schemas',
};

describe('top-level names', () => {
  it('are declared in at most two files', () => {
    const declarations = files.flatMap((file) =>
      [
        ...readSource(file).matchAll(
          /^(?:export )?(?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm,
        ),
      ].map(([, name = '']) => [name, file] as const),
    );
    expect(declarations.length).toBeGreaterThan(1_000);
    const repeated = [...buildGraph(declarations)].filter(([, { size }]) => size >= 3).map(([name]) => name);
    expect(repeated.sort()).toEqual(Object.keys(REPEATED_NAMES).sort());
  });
});
