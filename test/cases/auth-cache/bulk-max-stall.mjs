// A bulk run of creates meets an unavailable service: connections refused, 503, or 429 with Retry-After: 3600.
// maxStallMs is one second, and the docs say that items fail after it. The run goes on for half a minute, an hour or more.
// When no item has succeeded for maxStallMs, all waiting items should fail immediately, and so should new ones.
import { check, finish, load, setTimeLimitSeconds, settle, startStubService } from '../lib.mjs';

setTimeLimitSeconds(58);
const { PersonaClient } = await load();
const { createMany } = await load('collections.js');
async function run(scenario, respond, count, limitMs) {
  const service = await startStubService(respond ?? (() => ({})));
  const client = new PersonaClient({ baseUrl: service.url, dialect: 'subresource', breaker: false });
  if (!respond) {
    service.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), limitMs);
  const startedAt = performance.now();
  let firstFailureMs;
  let failed = 0;
  await settle(
    (async () => {
      for await (const item of createMany(
        client,
        Array.from({ length: count }, (_, i) => ({ name: `n${i}` })),
        { maxStallMs: 1000, signal: controller.signal },
      ))
        if (!item.ok && !controller.signal.aborted) {
          firstFailureMs ??= performance.now() - startedAt;
          failed++;
        }
    })(),
  );
  clearTimeout(timer);
  check(
    `${scenario}, maxStallMs 1000: all ${count} items fail within ${limitMs / 1000} s`,
    !controller.signal.aborted,
    `${failed} failed, the first after ${firstFailureMs ? `${(firstFailureMs / 1000).toFixed(1)} s` : 'never'}`,
    `${count} failed after about 1 s`,
  );
  client.close();
  service.close();
}
await Promise.all([
  run('connection refused', undefined, 12, 12_000),
  run('503 for every request (control)', () => ({ status: 503, body: { error: 'down' } }), 30, 12_000),
  run(
    '429 with Retry-After: 3600',
    () => ({ status: 429, headers: { 'retry-after': '3600' }, body: {} }),
    3,
    8_000,
  ),
]);
finish();
