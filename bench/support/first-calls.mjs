/**
 * Prints the CPU time in microseconds of a process until its second result: node first-calls.mjs <module> <url>.
 *
 * The module exports `open(url)`, which returns an object with the function `get` that reads a persona.
 */
const [module, url] = process.argv.slice(2);
const { open } = await import(module);
const { get } = await open(url);
await get(1);
await get(2);
const { user, system } = process.cpuUsage();
console.log(user + system);
process.exit();
