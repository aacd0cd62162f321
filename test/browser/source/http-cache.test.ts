import { type ClientOptions, PersonaClient } from 'persona-client';
import { createPrivacy } from 'persona-client/collections';
import { describe, expect, inject, it, onTestFinished } from 'vitest';

const POLICIES = ['none', 'last-modified', 'max-age', 'vary', 'vary-authorization', 'immutable'] as const;

let tests = 0;

/** Connects to a service whose responses a browser may cache under `policy`. */
function connect(policy: (typeof POLICIES)[number], options: ClientOptions = {}) {
  const browser = navigator.userAgent.includes('Firefox') ? 'firefox' : 'chromium';
  const { baseUrl = `${inject('cachingService')}/${policy}/${browser}-${Date.now()}-${tests++}` } = options;
  const client = new PersonaClient({ dialect: 'subresource', retry: false, ...options, baseUrl });
  const sent: string[] = [];
  client.on('request', ({ method, url }) => sent.push(`${method} ${url.slice(baseUrl.length)}`));
  onTestFinished(() => client.close());
  return {
    client,
    baseUrl,
    sent,
    /** Expects that the service received every request that the client sent, so that no HTTP cache responded. */
    expectNoRequestLost: async () => {
      const response = await fetch(`${baseUrl}/requests`, { cache: 'no-store' });
      expect(await response.json()).toEqual(sent);
    },
    /** Reads a path without the client. Returns the name in the response. */
    readDirectly: async (path: string, token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await (await fetch(baseUrl + path, { headers })).json()).name as string;
    },
  };
}

describe.each(POLICIES)('a service with the cache headers "%s"', (policy) => {
  it('the browser does not respond to a read after a write', async () => {
    const { client, expectNoRequestLost } = connect(policy);
    const before = (await client.personas.list()).items[0]?.name;
    const { name } = await client.personas.update(1, { name: 'Ada' });
    const after = (await client.personas.list()).items[0]?.name;
    const reloaded = (await client.personas.list({}, { cache: 'reload' })).items[0]?.name;
    const uncached = (await client.personas.list({}, { cache: 'no-store' })).items[0]?.name;
    expect(new Set([before, name, after, reloaded, uncached]).size).toBe(5);
    await client.psychographic.get(1);
    await client.psychographic.get(1, { cache: 'reload' });
    await expectNoRequestLost();
  });

  it('the browser does not respond with what another user has read', async () => {
    const { client, expectNoRequestLost } = connect(policy);
    const alice = client.as({ token: 'alice.1' });
    const bob = client.as({ token: 'bob.1' });
    for (let round = 0; round < 2; round++) {
      expect((await alice.personas.get(1)).name).toContain('alice');
      expect((await bob.personas.get(1)).name).toContain('bob');
      expect((await bob.personas.list()).items[0]?.name).toContain('bob');
      expect((await bob.psychographic.get(1)).interests?.[0]).toContain('bob');
      await alice.cache.clear();
      await bob.cache.clear();
    }
    await expectNoRequestLost();
  });

  it('the browser does not respond to logins, refreshes and health checks', async () => {
    const { client, expectNoRequestLost } = connect(policy);
    await client.auth.login({ username: 'alice', password: 'secret' });
    await client.auth.refresh();
    await client.auth.refresh();
    await client.auth.login({ username: 'alice', password: 'secret' });
    const first = await client.health.check();
    const second = await client.health.check();
    expect(second.version).not.toBe(first.version);
    await expectNoRequestLost();
  });

  it('the browser does not respond to scans, exports, and the reads before and after a deletion', async () => {
    const { client, expectNoRequestLost } = connect(policy);
    await client.personas.toArray();
    await client.personas.toArray();
    const privacy = createPrivacy(client);
    const first = await privacy.export(1);
    const second = await privacy.export(1);
    expect(second.persona.name).not.toBe(first.persona.name);
    await privacy.erase(1).catch(() => {}); // this service deletes nothing, so the read after the deletion finds the persona
    await expectNoRequestLost();
  });

  it('the browser does not respond to the detection of the dialect', async () => {
    const { client, baseUrl, sent, expectNoRequestLost } = connect(policy, { dialect: 'auto' });
    await client.psychographic.get(1);
    const { client: secondClient, sent: sentBySecond } = connect(policy, { dialect: 'auto', baseUrl });
    await secondClient.psychographic.get(1);
    sent.push(...sentBySecond);
    expect(sent).toHaveLength(4);
    await expectNoRequestLost();
  });
});

it('the browser caches responses of this service to other programs, so that the tests above can fail', async () => {
  const { client, readDirectly } = connect('max-age');
  const path = '/api/v1/personas/1';
  const first = await readDirectly(path, 'alice');
  expect(await readDirectly(path, 'bob')).toBe(first);
  expect((await client.as({ token: 'bob.1' }).personas.get(1)).name).toContain('bob');
  expect(await readDirectly(path, 'bob')).toBe(first); // the client did not store its own response there, either
});
