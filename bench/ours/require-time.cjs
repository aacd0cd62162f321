/** Milliseconds until all of these are loaded: node require-time.cjs <specifier> … */
const began = performance.now();
for (const name of process.argv.slice(2)) require(name);
console.log(performance.now() - began);
