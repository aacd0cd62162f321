/**
 * Loads a built-in module of Node.js, or returns `undefined` if the runtime does not have it.
 *
 * Avoids `import()`, because browser bundlers reject `node:` specifiers even in code that never runs.
 */
export function loadNodeBuiltin<Id extends 'node:http' | 'node:sqlite'>(id: Id) {
  const load: typeof process.getBuiltinModule | undefined = globalThis.process?.getBuiltinModule;
  return load?.(id);
}
