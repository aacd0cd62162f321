import type { Client } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../support/service.js';
import { call, ERAS, world } from '../support/mcp.js';

async function read(client: Client, uri: string) {
  const { contents } = await client.readResource({ uri });
  const [content] = contents;
  expect(contents).toHaveLength(1);
  expect(content).toMatchObject({ uri, mimeType: 'application/json' });
  return JSON.parse(content && 'text' in content ? content.text : '');
}
const refused = async (client: Client, uri: string) =>
  client.readResource({ uri }).then(
    () => expect.fail(`${uri} was read`),
    ({ code, message }: { code: number; message: string }) => ({ code, message }),
  );

describe.each(ERAS)('in the era of %s', (era) => {
  test.each(DIALECTS)('everything is read by its URI, against %s', async (dialect) => {
    const { connect } = await world({}, { dialect });
    const client = await connect(era);
    expect(await read(client, 'persona://schema')).toMatchObject({ title: 'Persona', type: 'object' });
    expect(await read(client, 'persona://field-config')).toHaveProperty('contextual.fields');
    const { name, contextual } = await call(client, 'get_persona', { id: 1 });
    expect(await read(client, 'persona://1')).toMatchObject({ id: 1, name, contextual });
    expect(await read(client, 'persona://1/contextual')).toMatchObject({
      id: 1,
      section: 'contextual',
      data: contextual,
    });
    expect(await read(client, 'persona://%31')).toMatchObject({ id: 1 });
  });

  test('what is not there is not found, and sends nothing that could climb in the paths', async () => {
    const { connect, service } = await world();
    const client = await connect(era);
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
      expect(await refused(client, uri), uri).toMatchObject({ code: -32602 });
    expect(service.requests).toEqual([]);
    expect(await refused(client, 'persona://999')).toMatchObject({
      code: -32602,
      message: expect.stringContaining('There is no persona 999'),
    });
  });

  test('the list has pages, and each persona its own name', async () => {
    const { connect, client: personas } = await world({}, { seed: 120 });
    await personas.personas.update(7, { name: 'Na\u200bme\nof seven' });
    const client = await connect(era);
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

  test('while the service is away, what is always there is listed, and completion is silent', async () => {
    const { connect, service } = await world();
    const client = await connect(era);
    service.faults.add({ status: 503 });
    expect((await client.listResources()).resources.map(({ name }) => name)).toEqual([
      'schema',
      'field-config',
    ]);
    const ref = { type: 'ref/resource' as const, uri: 'persona://{id}' };
    expect((await client.complete({ ref, argument: { name: 'id', value: '' } })).completion.values).toEqual(
      [],
    );
    expect(await refused(client, 'persona://1')).toMatchObject({
      code: -32603,
      message: expect.stringContaining('The service failed'),
    });
  });

  test('ids are completed by number and by name, sections by name', async () => {
    const { connect, client: personas } = await world({}, { seed: 12 });
    await personas.personas.update(3, { name: 'Quentin' });
    const client = await connect(era);
    const ref = { type: 'ref/resource' as const, uri: 'persona://{id}/{section}' };
    const values = async (name: string, value: string) =>
      (await client.complete({ ref, argument: { name, value } })).completion.values.toSorted();
    expect(await values('id', '1')).toEqual(['1', '10', '11', '12']);
    expect(await values('id', 'quen')).toEqual(['3']);
    expect(await values('section', 'p')).toEqual(['psychographic']);
  });

  test('who subscribed hears of writes, those of other connections too', async () => {
    const { connect } = await world();
    const [reader, writer] = [await connect(era), await connect(era)];
    const heard: string[] = [];
    const both = new Promise<void>((resolve) => {
      const note = (what: string) => {
        heard.push(what);
        if (heard.includes('list') && heard.includes('persona://1')) resolve();
      };
      reader.setNotificationHandler('notifications/resources/updated', ({ params }) => note(params.uri));
      reader.setNotificationHandler('notifications/resources/list_changed', () => note('list'));
    });
    if (era === '2025-11-25') await reader.subscribeResource({ uri: 'persona://1' });
    else await reader.listen({ resourcesListChanged: true, resourceSubscriptions: ['persona://1'] });
    await call(writer, 'update_persona', { id: 2, name: 'Not subscribed to' });
    await call(writer, 'update_persona', { id: 1, name: 'Renamed' });
    await both;
    expect(heard).not.toContain('persona://2');
  });
});

test('who unsubscribed hears no more', async () => {
  const { connect } = await world();
  const client = await connect('2025-11-25');
  const heard: string[] = [];
  client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => void heard.push(params.uri),
  );
  await client.subscribeResource({ uri: 'persona://1' });
  await client.subscribeResource({ uri: 'persona://2' });
  await client.unsubscribeResource({ uri: 'persona://1' });
  await call(client, 'update_persona', { id: 1, name: 'A' });
  await call(client, 'update_persona', { id: 2, name: 'B' });
  await client.ping();
  expect(heard).toEqual(['persona://2']);
});
