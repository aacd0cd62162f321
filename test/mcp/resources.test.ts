import { type Client, ProtocolError } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import { expectRejection } from '../support/failures.js';
import { callTool, PROTOCOL_VERSIONS, setupMcp } from '../support/mcp.js';
import { DIALECTS } from '../support/service.js';

async function readJson(client: Client, uri: string) {
  const { contents } = await client.readResource({ uri });
  const [content] = contents;
  expect(contents).toHaveLength(1);
  expect(content).toMatchObject({ uri, mimeType: 'application/json' });
  return JSON.parse(content && 'text' in content ? content.text : '');
}
const readError = (client: Client, uri: string) =>
  expectRejection(ProtocolError, client.readResource({ uri }));

describe.each(PROTOCOL_VERSIONS)('protocol %s', (version) => {
  test.each(DIALECTS)('reads every resource by its URI (%s)', async (dialect) => {
    const { connect } = await setupMcp({}, { dialect });
    const client = await connect(version);
    expect(await readJson(client, 'persona://schema')).toMatchObject({ title: 'Persona', type: 'object' });
    expect(await readJson(client, 'persona://field-config')).toHaveProperty('contextual.fields');
    const { name, contextual } = await callTool(client, 'get_persona', { id: 1 });
    expect(await readJson(client, 'persona://1')).toMatchObject({ id: 1, name, contextual });
    expect(await readJson(client, 'persona://1/contextual')).toMatchObject({
      id: 1,
      section: 'contextual',
      data: contextual,
    });
    expect(await readJson(client, 'persona://%31')).toMatchObject({ id: 1 });
  });

  test('rejects unknown and malicious URIs without a request', async () => {
    const { connect, service } = await setupMcp();
    const client = await connect(version);
    for (const uri of [
      'persona://.',
      'persona://..',
      'persona://%2e%2e',
      'persona://%252e',
      'persona://0',
      'persona://-1',
      'persona://1e3',
      'persona://99999999999999999999',
      'persona://x',
      'persona://1/..',
      'persona://1/secrets',
      'persona://%zz',
      'persona://1%2f..%2f..',
    ])
      expect(await readError(client, uri), uri).toMatchObject({ code: -32602 });
    expect(service.requests).toEqual([]);
    expect(await readError(client, 'persona://999')).toMatchObject({
      code: -32602,
      message: expect.stringContaining('There is no persona 999'),
    });
  });

  test('lists all pages, with the name of each persona as title', async () => {
    const { connect, client: personaClient } = await setupMcp({}, { seed: 120 });
    await personaClient.personas.update(7, { name: 'Na\u200bme\nof seven' });
    const client = await connect(version);
    const { resources } = await client.listResources();
    expect(resources).toHaveLength(122);
    expect(resources.slice(0, 2).map(({ uri }) => uri)).toEqual([
      'persona://schema',
      'persona://field-config',
    ]);
    expect(new Set(resources.map(({ uri }) => uri)).size).toBe(122);
    expect(resources.find(({ uri }) => uri === 'persona://7')).toMatchObject({ title: 'Name of seven' });
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'persona://{id}',
      'persona://{id}/{section}',
    ]);
    await expect(client.listResources({ cursor: 'page--1' })).rejects.toMatchObject({ code: -32602 });
  });

  test('lists the static resources and completes nothing while the service is unavailable', async () => {
    const { connect, service } = await setupMcp();
    const client = await connect(version);
    service.faults.add({ status: 503 });
    expect((await client.listResources()).resources.map(({ name }) => name)).toEqual([
      'schema',
      'field-config',
    ]);
    const ref = { type: 'ref/resource' as const, uri: 'persona://{id}' };
    expect((await client.complete({ ref, argument: { name: 'id', value: '' } })).completion.values).toEqual(
      [],
    );
    expect(await readError(client, 'persona://1')).toMatchObject({
      code: -32603,
      message: expect.stringContaining('The service failed'),
    });
  });

  test('completes ids by number and name, and sections by name', async () => {
    const { connect, client: personaClient } = await setupMcp({}, { seed: 12 });
    await personaClient.personas.update(3, { name: 'Quentin' });
    const client = await connect(version);
    const ref = { type: 'ref/resource' as const, uri: 'persona://{id}/{section}' };
    const complete = async (name: string, value: string) =>
      (await client.complete({ ref, argument: { name, value } })).completion.values.toSorted();
    expect(await complete('id', '1')).toEqual(['1', '10', '11', '12']);
    expect(await complete('id', 'quen')).toEqual(['3']);
    expect(await complete('section', 'p')).toEqual(['psychographic']);
  });

  test('completes an id beyond the first 100 personas, and says that there may be more', async () => {
    const { connect } = await setupMcp({}, { seed: 300 });
    const client = await connect(version);
    for (const ref of [
      { type: 'ref/prompt' as const, name: 'adopt_persona' },
      { type: 'ref/resource' as const, uri: 'persona://{id}' },
    ]) {
      const complete = async (value: string) =>
        (await client.complete({ ref, argument: { name: 'id', value } })).completion;
      expect(await complete('17')).toMatchObject({ values: ['17', '217'], hasMore: true });
      expect(await complete('9999')).toEqual({ values: [], hasMore: true });
      expect(await complete('217')).toMatchObject({ values: ['217'], hasMore: true });
      expect((await complete('2')).values).toHaveLength(100);
    }
  });

  test('completes nothing for other arguments, and rejects other references', async () => {
    const { connect } = await setupMcp();
    const client = await connect(version);
    const complete = (ref: Parameters<typeof client.complete>[0]['ref'], name: string) =>
      client.complete({ ref, argument: { name, value: '1' } });
    const { completion } = await complete({ type: 'ref/prompt', name: 'adopt_persona' }, 'style');
    expect(completion).toEqual({ values: [], hasMore: false });
    await expect(complete({ type: 'ref/prompt', name: 'other' }, 'id')).rejects.toThrow('no such prompt');
    await expect(complete({ type: 'ref/resource', uri: 'other://{id}' }, 'id')).rejects.toThrow(
      'no such prompt or resource template',
    );
  });

  test('notifies a subscriber about writes of all connections', async () => {
    const { connect } = await setupMcp();
    const [reader, writer] = [await connect(version), await connect(version)];
    const notifications: string[] = [];
    const received = new Promise<void>((resolve) => {
      const record = (notification: string) => {
        notifications.push(notification);
        if (notifications.includes('list') && notifications.includes('persona://1')) resolve();
      };
      reader.setNotificationHandler('notifications/resources/updated', ({ params }) => record(params.uri));
      reader.setNotificationHandler('notifications/resources/list_changed', () => record('list'));
    });
    if (version === '2025-11-25') await reader.subscribeResource({ uri: 'persona://1' });
    else await reader.listen({ resourcesListChanged: true, resourceSubscriptions: ['persona://1'] });
    await callTool(writer, 'update_persona', { id: 2, name: 'Not subscribed to' });
    await callTool(writer, 'update_persona', { id: 1, name: 'Renamed' });
    await received;
    expect(notifications).not.toContain('persona://2');
  });
});

test('does not notify after an unsubscribe', async () => {
  const { connect } = await setupMcp();
  const client = await connect('2025-11-25');
  const uris: string[] = [];
  client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => void uris.push(params.uri),
  );
  await client.subscribeResource({ uri: 'persona://1' });
  await client.subscribeResource({ uri: 'persona://2' });
  await client.unsubscribeResource({ uri: 'persona://1' });
  await callTool(client, 'update_persona', { id: 1, name: 'A' });
  await callTool(client, 'update_persona', { id: 2, name: 'B' });
  await client.ping();
  expect(uris).toEqual(['persona://2']);
});
