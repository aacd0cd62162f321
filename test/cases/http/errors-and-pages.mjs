// Small things. An application renames an error, sends a page to a worker, or writes back a field with a 17-digit number.
// Setting error.name throws, structuredClone(page) throws, and the number silently changes in the service.
// Plain errors have a writable name, and a page is data. Reading and writing back should not change a value, or the docs should say so.
import { readFileSync } from 'node:fs';
import { check, finish, load, packageRoot, setTimeLimitSeconds, settle, startStubService } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
let written = '';
const body =
  '{"id":1,"name":"Ada","created_at":"2026-01-01T00:00:00","updated_at":"2026-01-01T00:00:00","contextual":{"account":9007199254740993}}';
const service = await startStubService(({ method, body: requestBody, query }) => {
  if (method === 'PUT') written = requestBody;
  return { body: query.has('page') ? `{"personas":[${body}],"total":1,"page":1,"per_page":20}` : body };
});
const client = new PersonaClient({
  baseUrl: service.url,
  dialect: 'subresource',
  cache: false,
  retry: false,
});
const tryRun = (work) => {
  try {
    work();
    return 'ok';
  } catch (e) {
    return `${e.name}: ${e.message}`;
  }
};
const { error } = await settle(
  new PersonaClient({ baseUrl: 'http://127.0.0.1:9', retry: false }).personas.get(1),
);
const page = await client.personas.list();
const renameOutcome = tryRun(() => {
  error.name = 'Mine';
});
check('error.name can be set', renameOutcome === 'ok', renameOutcome, 'ok');
const cloneOutcome = tryRun(() => structuredClone(page));
check('structuredClone(page)', cloneOutcome === 'ok', cloneOutcome, 'ok');
await client.personas.update(1, { contextual: (await client.personas.get(1)).contextual });
const isDocumented = /2\^53|2\*\*53|MAX_SAFE_INTEGER/.test(
  readFileSync(`${packageRoot}/README.md`, 'utf8').split('## Limits')[1] ?? '',
);
check(
  'a 17-digit number is the same after reading and writing back, or "Limits" in the README mentions it',
  isDocumented || written.includes('9007199254740993'),
  written,
  '…993',
);
finish();
