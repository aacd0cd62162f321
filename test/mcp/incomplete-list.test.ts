import { createPersonaMcpServer } from 'persona-client/mcp';
import { describe, expect, test } from 'vitest';
import { ListedService, type ListedServiceOptions } from '../support/listed-service.js';
import { callTool } from '../support/mcp.js';
import { connectInProcess } from '../support/mcp-in-process.js';
import { createTestClient, DIALECTS } from '../support/service.js';

async function setup(options: ListedServiceOptions, count: number, hiddenCount: number) {
  const service = new ListedService(options);
  for (let index = 0; index < count; index++) service.create('Ada', index < hiddenCount);
  const client = createTestClient({ fetch: service.fetch, dialect: options.dialect });
  return { service, mcp: await connectInProcess(createPersonaMcpServer({ client })) };
}

describe.each(DIALECTS)('find_personas, %s', (dialect) => {
  test('says how many personas the list hides', async () => {
    const { mcp } = await setup({ dialect }, 10, 4);
    expect(await callTool(mcp, 'find_personas', { query: 'ada' })).toMatchObject({
      searched: 6,
      total: 10,
      complete: false,
      incomplete: expect.stringContaining('4 personas that its list does not contain'),
    });
  });

  test('says that the list changed during the search', async () => {
    const { mcp } = await setup({ dialect, beforeList: (list) => list.create('New') }, 250, 0);
    expect(await callTool(mcp, 'find_personas', { query: 'nobody' })).toMatchObject({
      complete: false,
      incomplete: expect.stringContaining('Search again'),
    });
  });

  test('searches all rows and says that the total is too low', async () => {
    const { mcp } = await setup({ dialect, rewritePage: (body) => ({ ...body, total: 7 }) }, 250, 0);
    expect(await callTool(mcp, 'find_personas', { query: 'nobody' })).toMatchObject({
      searched: 250,
      complete: false,
      incomplete: expect.stringContaining('counts fewer personas than its list contains'),
    });
  });

  test('says that the search ended at the limit', async () => {
    const { mcp } = await setup({ dialect }, 10, 0);
    expect(await callTool(mcp, 'find_personas', { query: 'ada', limit: 3 })).toMatchObject({
      complete: false,
      incomplete: expect.stringContaining('more specific'),
    });
    const complete = await callTool(mcp, 'find_personas', { query: 'ada' });
    expect(complete).toMatchObject({ complete: true, searched: 10, total: 10 });
    expect(complete).not.toHaveProperty('incomplete');
  });
});
