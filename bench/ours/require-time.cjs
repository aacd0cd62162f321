/** Prints the milliseconds to load all modules: node require-time.cjs <specifier> … */
const startedAt = performance.now();
for (const name of process.argv.slice(2)) require(name);
console.log(performance.now() - startedAt);
