// An application logs an error with console.log(error) after a retried 503.
// It prints some 120 lines: mostly timeline objects with times such as remainingMs: 59996.526247.
// One line per event and whole milliseconds would be enough. The issues should come before the timeline.
import util from 'node:util';
import { check, createJsonResponse, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const { error } = await settle(
  new PersonaClient({
    fetch: async () => createJsonResponse({ error: 'down' }, { status: 503 }),
    dialect: 'subresource',
    retry: { limit: 3, backoffMs: 1 },
  }).personas.get(1),
);
const text = util.inspect(error);
const lines = text.split('\n').length;
check('a retried 503 prints at most 40 lines', lines <= 40, `${lines} lines`, 'at most 40');
check(
  'times are rounded',
  !/\d+\.\d{4,}/.test(text),
  /\w+: \d+\.\d{4,}/.exec(text)?.[0],
  'whole milliseconds, or one decimal',
);
finish();
