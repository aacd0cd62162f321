/* global SETTING */
import * as library from 'persona-client';
import { smoke } from './program.mjs';

const other = require('persona-client');
// The clients stand outside of any request, as they do in a real worker.
const run = smoke({ library, other, ...SETTING });

export default {
  /** One request per case: the breaker opens in one and must recover in another. */
  fetch: async (request) =>
    Response.json(await run(decodeURIComponent(new URL(request.url).pathname.slice(1)))),
};
