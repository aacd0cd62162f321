const library = require('persona-client');
const { CASES, smoke } = require('./program.cjs');

let other;
jest.isolateModules(() => {
  other = require('persona-client');
});
if (other.PersonaError === library.PersonaError) throw new Error('this should be a second copy');

const run = smoke({ library, other, ...JSON.parse(process.env.SMOKE_SETTING) });
test.each(CASES)('%s', async (name) => {
  expect(await run(name)).toEqual({ name });
});
