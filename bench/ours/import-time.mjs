/** Milliseconds until all of these are imported: node import-time.mjs <specifier> … */
const began = performance.now();
for (const name of process.argv.slice(2)) await import(name);
console.log(performance.now() - began);
