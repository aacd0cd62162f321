/**
 * Loads a built-in module of Node.js, or returns `undefined` if the runtime does not have it.
 *
 * Avoids `import()`, because browser bundlers reject `node:` specifiers even in code that never runs.
 */
export function loadNodeBuiltin<Id extends 'node:fs' | 'node:http' | 'node:sqlite'>(id: Id) {
  const load: typeof process.getBuiltinModule | undefined = globalThis.process?.getBuiltinModule;
  return load?.(id);
}

/**
 * Loads `node:sqlite`, and suppresses the warning of Node.js 22 that the module is experimental.
 *
 * @param feature name of the feature that needs the module. It starts the error message.
 * @param advice what to do instead, without a period. It ends the error message.
 * @throws {Error} if the runtime does not have the module.
 */
export function loadSqlite(feature: string, advice: string) {
  const { emitWarning } = globalThis.process ?? {};
  if (emitWarning !== undefined) process.emitWarning = () => {};
  try {
    const sqlite = loadNodeBuiltin('node:sqlite');
    if (sqlite !== undefined) return sqlite;
  } finally {
    if (emitWarning !== undefined) process.emitWarning = emitWarning;
  }
  const version = globalThis.process?.version ?? 'another runtime';
  throw new Error(`${feature} needs Node.js 22.13 or later, but this is ${version}. ${advice}.`);
}
