/* global URLS */
import * as library from 'persona-client';
import { createRunner } from './program.mjs';

const otherCopy = require('persona-client');
// Real workers also create their clients outside of a request.
const run = createRunner({ library, otherCopy, ...URLS });

export default {
  /** Runs one case per request: the breaker opens in one request and must recover in another. */
  fetch: async (request) =>
    Response.json(await run(decodeURIComponent(new URL(request.url).pathname.slice(1)))),
};
