/**
 * A module of Node's own, loaded when asked for. Not by `import()`: bundlers for browsers stumble over its
 * specifier even where it never runs. `undefined` where there is no such module.
 */
export function nodeBuiltin<Id extends 'node:http' | 'node:sqlite'>(id: Id) {
  const load: typeof process.getBuiltinModule | undefined = globalThis.process?.getBuiltinModule;
  return load?.(id);
}
