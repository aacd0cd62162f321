/** Prints the milliseconds to import all modules: node import-time.mjs <specifier> … */
const startedAt = performance.now();
for (const name of process.argv.slice(2)) await import(name);
console.log(performance.now() - startedAt);
