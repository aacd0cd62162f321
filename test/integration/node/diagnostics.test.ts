import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { PersonaEvents } from 'persona-client';
import { publishDiagnostics } from 'persona-client/node';
import { expect, it, onTestFinished } from 'vitest';
import { NO_BACKOFF, startService } from '../../support/service.js';

function collectPublished(name: keyof PersonaEvents): unknown[] {
  const published: unknown[] = [];
  const listener = (message: unknown, channel: string | symbol) => published.push([channel, message]);
  subscribe(`persona-client:${name}`, listener);
  onTestFinished(() => void unsubscribe(`persona-client:${name}`, listener));
  return published;
}

it('publishes every event of a client and its views on its own channel until it is stopped', async () => {
  const { service, connect } = await startService({ auth: { users: { admin: 'secret' } } });
  const client = connect({
    auth: { username: 'admin', password: 'secret' },
    retry: NO_BACKOFF,
    breaker: { failMax: 2 },
  });
  const names = [
    'callStart',
    'callEnd',
    'request',
    'response',
    'retry',
    'cache',
    'circuit',
    'token',
    'dialect',
  ] as const;
  const emitted = names.map((name) => {
    const events: unknown[] = [];
    client.on(name, (event: unknown) => events.push([`persona-client:${name}`, event]));
    return events;
  });
  const stop = publishDiagnostics(client);
  const published = names.map(collectPublished);
  service.faults.add({ status: 503, times: 2, match: { method: 'PUT' } });
  await client.demographic.get(1);
  await client.as({ username: 'admin', password: 'secret' }).personas.get(1);
  await client.personas.update(1, { name: 'Ada' }).catch(() => {});
  expect(published).toEqual(emitted);
  expect(published.filter((events) => events.length === 0)).toEqual([]);
  const publishedCount = published.flat().length;
  stop();
  await client.personas.get(2).catch(() => {});
  expect(published.flat()).toHaveLength(publishedCount);
});
