import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { PersonaEvents } from 'persona-client';
import { publishDiagnostics } from 'persona-client/node';
import { expect, it, onTestFinished } from 'vitest';
import { AT_ONCE, serve } from '../../support/service.js';

function subscribed(name: keyof PersonaEvents): unknown[] {
  const published: unknown[] = [];
  const take = (message: unknown, channel: string | symbol) => published.push([channel, message]);
  subscribe(`persona-client:${name}`, take);
  onTestFinished(() => void unsubscribe(`persona-client:${name}`, take));
  return published;
}

it('publishes every event of a client and its views, each on its own channel, until it is ended', async () => {
  const { service, connect } = await serve({ auth: { users: { admin: 'secret' } } });
  const client = connect({
    auth: { username: 'admin', password: 'secret' },
    retry: AT_ONCE,
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
  const told = names.map((name) => {
    const events: unknown[] = [];
    client.on(name, (event: unknown) => events.push([`persona-client:${name}`, event]));
    return events;
  });
  const stop = publishDiagnostics(client);
  const published = names.map(subscribed);
  service.faults.add({ status: 503, times: 2, match: { method: 'PUT' } });
  await client.demographic.get(1);
  await client.as({ username: 'admin', password: 'secret' }).personas.get(1);
  await client.personas.update(1, { name: 'Ada' }).catch(() => {});
  expect(published).toEqual(told);
  expect(published.filter((events) => events.length === 0)).toEqual([]);
  const before = published.flat().length;
  stop();
  await client.personas.get(2).catch(() => {});
  expect(published.flat()).toHaveLength(before);
});
