// createPersonaService() and `serve` replace a real service in users' tests. For some sixty requests the status differs:
// PUT {} is 200 here and 400 there. null for a field is 400 here and 200 there. Text in `age` is rejected here and stored there.
// The two /health bodies are swapped. Tests pass with the local service and fail in production.
// The local service should respond as deployed services do.
import { check, finish, load, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(40);
const { createPersonaService } = await load('testing.js');
const services = Object.fromEntries(
  ['attributes', 'subresource'].map((dialect) => [dialect, createPersonaService({ dialect })]),
);
async function checkResponse(dialect, method, path, body, expected) {
  const response = await services[dialect].fetch(`http://localhost:5050${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  const [status, pattern] = Array.isArray(expected) ? expected : [expected];
  const shownBody = body === undefined ? '' : body.length > 60 ? ` (${body.length} bytes)` : ` ${body}`;
  check(
    `${dialect}: ${method} ${path}${shownBody}`,
    (typeof status === 'string'
      ? status.split('|').map(Number).includes(response.status)
      : response.status === status) &&
      (!pattern || pattern.test(text)),
    `${response.status} ${text.slice(0, 80)}`,
    `${status}${pattern ? ` ${pattern}` : ''}`,
  );
}
const listPath = '/api/v1/personas';
const personaPath = `${listPath}/1`;
const createBody = (properties) => JSON.stringify({ name: 'x', ...properties });
for (const dialect of ['attributes', 'subresource']) {
  await checkResponse(dialect, 'PUT', personaPath, '{}', 400);
  await checkResponse(
    dialect,
    'PUT',
    dialect === 'attributes' ? `${personaPath}/attributes/contextual` : `${personaPath}/contextual`,
    '{}',
    400,
  );
  await checkResponse(dialect, 'POST', listPath, createBody({ contextual: null }), '400|500');
  await checkResponse(dialect, 'POST', listPath, '{"name":"\\ud800"}', 500);
  await checkResponse(
    dialect,
    'POST',
    listPath,
    JSON.stringify({ name: 'x', psychographic: { lifestyle: 'x'.repeat(1_100_000) } }),
    201,
  );
  await checkResponse(dialect, 'GET', `${listPath}/9223372036854775808`, undefined, 500);
  await checkResponse(dialect, 'GET', `${listPath}?page=100000000000000000000`, undefined, 500);
}
await checkResponse('attributes', 'PUT', `${personaPath}/attributes/contextual`, '{"season":null}', 200);
await checkResponse(
  'attributes',
  'PUT',
  `${personaPath}/attributes/psychographic`,
  '{"lifestyle":null}',
  200,
);
for (const demographic of [
  { age: 121 },
  { age: -1 },
  { age: '30' },
  { age: 'x' },
  { age: 1.5 },
  { city: 5 },
  { latitude: '1.5' },
])
  await checkResponse('attributes', 'POST', listPath, createBody({ demographic }), 201);
await checkResponse('attributes', 'POST', listPath, '{"name":5}', 201);
for (const body of ['[]', 'null', '0', '{"name":"x","psychographic":[]}'])
  await checkResponse('attributes', 'POST', listPath, body, 400);
await checkResponse('attributes', 'GET', `${personaPath}/attributes/demographic`, undefined, 400);
await checkResponse('attributes', 'PUT', `${listPath}/99999/attributes/contextual`, '{"season":5}', 400);
await checkResponse('attributes', 'GET', `${listPath}?per_page=-1`, undefined, 200);
await checkResponse('attributes', 'GET', '/health', undefined, [200, /"ok"/]);
await checkResponse('attributes', 'DELETE', `${listPath}/5`, undefined, [200, /deleted successfully/]);
for (const demographic of [{ age: '30' }, { age: 1.5 }, { latitude: '1.5' }])
  await checkResponse('subresource', 'POST', listPath, createBody({ demographic }), 201);
await checkResponse('subresource', 'PUT', personaPath, '{"id":1}', 400);
await checkResponse('subresource', 'GET', `${listPath}?page=abc`, undefined, 500);
await checkResponse('subresource', 'GET', '/health', undefined, [200, /"healthy"/]);
finish();
