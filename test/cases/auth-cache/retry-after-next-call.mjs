// The service responds with 429 and Retry-After: 60. The application makes more calls.
// The client sends each call immediately: 100 calls, 100 requests. The docs do not say so.
// The client should delay calls while Retry-After lasts, or the docs should say that it applies to one call only.
import { check, finish, load, setTimeLimitSeconds, settle, startStubService } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const service = await startStubService(() => ({
  status: 429,
  headers: { 'retry-after': '60' },
  body: { msg: 'slow down' },
}));
const client = new PersonaClient({
  baseUrl: service.url,
  dialect: 'subresource',
  cache: false,
  deadlineMs: 1000,
});
await settle(client.personas.get(1));
await Promise.all(Array.from({ length: 99 }, (_, i) => settle(client.personas.get(i + 2))));
check(
  'after a 429 with Retry-After: 60, the client delays the next 99 calls',
  service.requests.length <= 10,
  `${service.requests.length} requests`,
  'at most 10',
);
finish();
