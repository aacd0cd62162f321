import { createPersonaMcpServer } from 'persona-client/mcp';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { describe, expect, test } from 'vitest';
import { callTool, callToolError } from '../support/mcp.js';
import { connectInProcess } from '../support/mcp-in-process.js';
import { createTestClient, DIALECTS, startService, withOpenTypes } from '../support/service.js';

type Hook = (method: string) => Promise<unknown> | undefined;
const SEED = [{ name: 'P', psychographic: { interests: ['a'], lifestyle: 'calm' } }];

/** A service, another client of it, and an MCP server that runs the hook around each of its requests for persona 1. */
async function setup(options: PersonaServiceOptions, hooks: { before?: Hook; after?: Hook }) {
  const { url, requestLines } = await startService({ seed: SEED, ...options });
  const other = withOpenTypes(createTestClient({ baseUrl: url, cache: false }));
  const client = createTestClient({
    baseUrl: url,
    fetch: async (input, init) => {
      const method = init?.method ?? 'GET';
      if (!String(input).includes('/personas/1')) return fetch(input, init);
      await hooks.before?.(method);
      const response = await fetch(input, init);
      await hooks.after?.(method);
      return response;
    },
  });
  return {
    mcp: await connectInProcess(createPersonaMcpServer({ client })),
    addAs: async (entry: string) => {
      const { interests = [] } = await other.psychographic.get(1);
      await other.psychographic.update(1, { interests: [...(interests ?? []), entry] });
    },
    interests: async () => (await other.psychographic.get(1)).interests,
    writes: () => requestLines().filter((line) => line.startsWith('PUT')).length,
  };
}

const ADD_TO_LIST = {
  update_persona: { id: 1, add: { psychographic: { interests: ['mine'] } } },
  update_persona_section: { id: 1, section: 'psychographic', add: { interests: ['mine'] } },
};
const TOOLS = ['update_persona', 'update_persona_section'] as const;
const CASES = DIALECTS.flatMap((dialect) => TOOLS.map((tool) => ({ dialect, tool })));

describe.each(CASES)('$tool ($dialect)', ({ dialect, tool }) => {
  test('keeps what another client adds after the read', async () => {
    let isFirstRead = true;
    const { mcp, addAs, interests, writes } = await setup(
      { dialect },
      {
        after: async () => {
          if (isFirstRead) {
            isFirstRead = false;
            await addAs('theirs');
          }
        },
      },
    );
    await callTool(mcp, tool, ADD_TO_LIST[tool]);
    expect(await interests()).toEqual(['a', 'theirs', 'mine']);
    expect(writes()).toBe(2);
  });

  test('keeps what another client adds right before the write, if the service has conditional writes', async () => {
    let isFirstWrite = true;
    const { mcp, addAs, interests } = await setup(
      { dialect, validators: 'etag' },
      {
        before: async (method) => {
          if (method === 'PUT' && isFirstWrite) {
            isFirstWrite = false;
            await addAs('theirs');
          }
        },
      },
    );
    await callTool(mcp, tool, ADD_TO_LIST[tool]);
    expect(await interests()).toEqual(['a', 'theirs', 'mine']);
  });

  test('gives up if the persona changes all the time, and loses nothing', async () => {
    let count = 0;
    const { mcp, addAs, interests } = await setup(
      { dialect },
      {
        after: () => {
          count += 1;
          return addAs(String(count));
        },
      },
    );
    expect(await callToolError(mcp, tool, ADD_TO_LIST[tool])).toContain('changed in the meantime');
    const entries = Array.from({ length: count }, (_, index) => String(index + 1));
    expect(await interests()).toEqual(['a', ...entries]);
  });
});

test('a new name needs no condition', async () => {
  const methods: string[] = [];
  const { mcp } = await setup({}, { before: async (method) => void methods.push(method) });
  await callTool(mcp, 'update_persona', { id: 1, name: 'New' });
  expect(methods).toEqual(['GET', 'PUT']);
});
