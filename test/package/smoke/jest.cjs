const library = require('persona-client');
const { CASES, createRunner } = require('./program.cjs');

let otherCopy;
jest.isolateModules(() => {
  otherCopy = require('persona-client');
});
if (otherCopy.PersonaError === library.PersonaError) throw new Error('expected a second copy of the package');

const run = createRunner({ library, otherCopy, ...JSON.parse(process.env.SMOKE_URLS) });
test.each(CASES)('%s', async (name) => {
  expect(await run(name)).toEqual({ name });
});
