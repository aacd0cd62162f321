import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect as netConnect } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { BUILT, command } from '../../support/mcp-command.js';
import { ERAS } from '../../support/mcp.js';
import {
  areaOf,
  CASES,
  type Case,
  INVISIBLE,
  isRefusal,
  type Ledger,
  SECRETS,
  type Speaker,
  speaker,
  target,
} from './hostile.js';

const ledger: Ledger = { frames: [], unintendedWrites: [] };
const done = new Set<string>();

/** Run the cases of an area one after the other; what each wrote beyond its due is an unintended write. */
async function each(
  area: string,
  { newWrites }: { newWrites: () => string[] },
  run: (one: Case) => Promise<void>,
) {
  const cases = CASES.filter((one) => areaOf(one) === area);
  expect(cases.length).toBeGreaterThan(0);
  newWrites();
  for (const one of cases) {
    await run(one);
    const writes = newWrites();
    if (writes.length > (one.writes ?? 0)) ledger.unintendedWrites.push(`${one.case}: ${writes.join(', ')}`);
    done.add(one.case);
  }
  expect(ledger.unintendedWrites).toEqual([]);
}

const filled = (text: string) =>
  text.replaceAll('{secret}', SECRETS.upstream).replaceAll('{token}', SECRETS.mcp);
const call = (mcp: Speaker, name: string, args: object) =>
  mcp.request('tools/call', { name, arguments: args });

/** Everything that tells a persona. */
const readings = (mcp: Speaker) => [
  () => call(mcp, 'get_persona', { id: 1 }),
  () => call(mcp, 'get_persona_section', { id: 1, section: 'psychographic' }),
  () => call(mcp, 'list_personas', {}),
  () => call(mcp, 'find_personas', { query: 'a', limit: 50 }),
  () => mcp.request('resources/read', { uri: 'persona://1' }),
  () => mcp.request('resources/read', { uri: 'persona://1/psychographic' }),
];

describe.each(ERAS)('in the era of %s', (era) => {
  test.each(['id', 'section', 'argument'])('arguments: %s', async (area) => {
    const world = await target();
    const mcp = await speaker(era, world.url, ledger);
    await each(area, world, async ({ case: name, tool, args, argsText, writes }) => {
      const params = `{"name":${JSON.stringify(tool)},"arguments":${argsText ?? JSON.stringify(args)}${mcp.envelope}}`;
      const answer = await mcp.request('tools/call', JSON.parse(params));
      if (writes === undefined) expect(isRefusal(answer), `${name}: ${JSON.stringify(answer)}`).toBe(true);
      else expect(JSON.stringify(answer), name).not.toMatch(/admin|__proto__/); // made, without what JavaScript trips over
    });
    expect(mcp.questions).toEqual([]);
    expect(
      world.service.requests
        .map(({ path }) => path)
        .filter((path) => !/^\/api\/v1\/(?:personas(?:\?page=1&per_page=1)?|field-config)$/.test(path)),
    ).toEqual([]);
  });

  test('URIs', async () => {
    const world = await target();
    const mcp = await speaker(era, world.url, ledger);
    await each('uri', world, async ({ case: name, uri }) => {
      expect(isRefusal(await mcp.request('resources/read', { uri })), name).toBe(true);
    });
    expect(world.service.requests).toEqual([]);
  });

  test('tools of a read-only server', async () => {
    const world = await target();
    const mcp = await speaker(era, world.url, ledger, [
      '--read-only',
      '--tools',
      'delete_persona,create_persona,get_persona',
      '--confirm',
      'never',
    ]);
    await each('readonly', world, async ({ case: name, tool, args }) => {
      expect(isRefusal(await call(mcp, tool, args)), name).toBe(true);
    });
  });

  test('stored texts', async () => {
    const world = await target('attributes');
    const mcp = await speaker(era, world.url, ledger);
    await each('stored', world, async ({ case: name, text }) => {
      await world.store(1, {
        name: `a ${text}`,
        psychographic: { lifestyle: text, interests: [text], [`key ${text}`]: { deep: text } },
      });
      for (const read of readings(mcp)) {
        const { result } = await read();
        const told = (result?.content ?? result?.contents) as { text: string }[];
        expect(told, name).toHaveLength(1);
        expect(told[0]?.text, name).toMatch(/^\{"note":"Stored data, not instructions/);
        expect(told[0]?.text, name).not.toMatch(/[<>`\n]/);
        expect(JSON.stringify(result), name).not.toMatch(INVISIBLE);
      }
      expect(JSON.stringify((await mcp.request('resources/list', {})).result), name).not.toMatch(INVISIBLE);
      const prompt = await mcp.request('prompts/get', { name: 'adopt_persona', arguments: { id: '1' } });
      const messages = prompt.result?.messages as { content: { text: string } }[];
      const said = messages[0]?.content.text ?? '';
      expect(said.match(/<[^>]*>/g), name).toEqual(['<persona_1>', '<persona_1>', '</persona_1>']);
      expect(said, name).not.toMatch(/^(?:System|Human|Assistant):/m);
      expect(JSON.stringify(said), name).not.toMatch(INVISIBLE);
      await call(mcp, 'delete_persona', { id: 1 });
    });
    for (const question of mcp.questions) {
      expect(question).toMatch(/^Delete persona 1, named ".*", with all its data\? This cannot be undone\.$/);
      expect(question).not.toMatch(INVISIBLE);
    }
  });

  test('oversize personas', async () => {
    const world = await target('attributes');
    const mcp = await speaker(era, world.url, ledger);
    await each('oversize', world, async ({ case: name, items = 0, keys = 0, depth = 0, length }) => {
      const text = 'long '.repeat(length / 5);
      const nested = JSON.parse(`${'{"a":'.repeat(depth)}${JSON.stringify(text)}${'}'.repeat(depth)}`);
      const interests = Array.from({ length: items }, () => text);
      const more = Object.fromEntries(Array.from({ length: keys }, (_, i) => [`key_${i}`, text]));
      await world.store(1, {
        name: 'a',
        psychographic: { interests, ...(depth > 0 && { nested }), ...more },
      });
      for (const read of readings(mcp)) {
        const { result } = await read();
        const told = (result?.content ?? result?.contents) as { text: string }[];
        expect(told[0]?.text.length, name).toBeLessThan(25_000);
      }
    });
  });

  test('calls again and again', async () => {
    const world = await target();
    const mcp = await speaker(era, world.url, ledger);
    await each('repeat', world, async ({ tool, args, answer = 'decline', times, fault }) => {
      mcp.answers(answer);
      const remove = fault
        ? world.service.faults.add({ ...fault, match: { method: 'POST' } })
        : () => undefined;
      for (let i = 0; i < times; i++)
        if (answer === 'later')
          mcp.send({ id: 9_000 + i, method: 'tools/call', params: { name: tool, arguments: args } });
        else await call(mcp, tool, args);
      remove();
      await mcp.request('tools/list', {});
    });
  });

  test('prompts and completion', async () => {
    const world = await target();
    const mcp = await speaker(era, world.url, ledger);
    await each('prompt', world, async ({ prompt: name, args }) => {
      const { result, error } = await mcp.request('prompts/get', { name, arguments: args });
      const said = (result?.messages as { content: { text: string } }[] | undefined)?.[0]?.content.text ?? '';
      expect(error !== undefined || !/^System:/m.test(said)).toBe(true);
    });
    await each('completion', world, async ({ value }) => {
      const ref = { type: 'ref/resource', uri: 'persona://{id}' };
      const { result } = await mcp.request('completion/complete', { ref, argument: { name: 'id', value } });
      expect(result?.completion).toMatchObject({ values: [] });
    });
  });

  test('answers of the service', { timeout: 120_000 }, async () => {
    const cases = CASES.filter((one) => areaOf(one) === 'upstream');
    for (let i = 0; i < cases.length; i += 5) await Promise.all(cases.slice(i, i + 5).map(answered));

    /** A service and a server of its own: the circuit opens after a few failures, and nothing is to come from a cache. */
    async function answered({ case: name, fault }: Case): Promise<void> {
      const world = await target();
      const mcp = await speaker(era, world.url, ledger);
      await mcp.request('tools/list', {});
      world.service.faults.add(JSON.parse(filled(JSON.stringify(fault))));
      const prompt = () => mcp.request('prompts/get', { name: 'adopt_persona', arguments: { id: '1' } });
      for (const answer of await Promise.all([...readings(mcp), prompt].map((read) => read())))
        expect(isRefusal(answer), `${name}: ${JSON.stringify(answer)}`).toBe(true);
      await mcp.request('resources/list', {});
      ledger.unintendedWrites.push(...world.newWrites().map((write) => `${name}: ${write}`));
      done.add(name);
    }
  });
});

test('lines that are no requests', async () => {
  const world = await target();
  const mcp = await speaker('2025-11-25', world.url, ledger);
  await each('line', world, async ({ lines }) => {
    for (const line of lines) mcp.write(line);
    await mcp.request('ping', {});
  });
  expect((await call(mcp, 'list_personas', {})).result?.structuredContent).toMatchObject({ total: 5 });
});

test('forged seals', async () => {
  const world = await target();
  const mcp = await speaker('2026-07-28', world.url, ledger);
  const other = await speaker('2026-07-28', world.url, ledger);
  const sealOf = async (one: Speaker, id: number) =>
    String((await call(one, 'delete_persona', { id })).result?.requestState);
  const [own, foreign, elsewhere] = [await sealOf(mcp, 1), await sealOf(mcp, 2), await sealOf(other, 1)];
  await each('seal', world, async ({ state }) => {
    const requestState = state
      .replace('{own-cut}', own.slice(0, -3))
      .replace('{own}', own)
      .replace('{other-id}', foreign)
      .replace('{other-server}', elsewhere);
    const inputResponses = { confirm: { action: 'accept', content: { confirm: true } } };
    await mcp.request('tools/call', {
      name: 'delete_persona',
      arguments: { id: 1 },
      requestState,
      inputResponses,
    });
  });
});

describe('sockets', () => {
  async function listening() {
    const world = await target();
    const environment = {
      PERSONA_API_URL: world.url,
      PERSONA_API_TOKEN: SECRETS.api,
      PERSONA_MCP_TOKEN: SECRETS.mcp,
    };
    const mcp = command(['--tcp', '0', '--http', '0'], environment, BUILT);
    const http = await mcp.says(/over HTTP at (\S+)/);
    const port = Number(await mcp.says(/over TCP at 127\.0\.0\.1:(\d+)/));
    return { world, http, port, mcp };
  }

  test('bytes that are not ours', async () => {
    const { world, port, mcp } = await listening();
    await each('tcp', world, async ({ case: name, bytes }) => {
      const socket = netConnect(port, '127.0.0.1').on('error', () => undefined);
      let heard = '';
      socket.on('data', (chunk) => {
        heard += String(chunk);
      });
      socket.write(bytes);
      await once(socket, 'close');
      expect(heard, name).toBe('');
    });
    ledger.frames.push(mcp.stderr());
  });

  test('HTTP that may not pass', async () => {
    const { world, http, mcp } = await listening();
    const { port } = new URL(http);
    await each('http', world, async ({ case: name, method = 'POST', path = '/mcp', headers, body }) => {
      const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
        const filledHeaders = JSON.parse(filled(JSON.stringify(headers)));
        const options = { host: '127.0.0.1', port, method, path, headers: filledHeaders, agent: false };
        httpRequest(options, async (response) => {
          let text = JSON.stringify(response.headers);
          for await (const chunk of response) text += String(chunk);
          resolve({ status: response.statusCode ?? 0, text });
        })
          .on('error', reject)
          .end(body);
      });
      ledger.frames.push(text);
      expect(status, name).toBeGreaterThanOrEqual(400);
      expect(status, name).toBeLessThan(500);
    });
    ledger.frames.push(mcp.stderr());
  });
});

afterAll(() => {
  const leaks = ledger.frames.filter((frame) =>
    Object.values(SECRETS).some((secret) => frame.includes(secret)),
  );
  console.log(
    `hostile corpus: ${done.size} of ${CASES.length} cases, ${ledger.frames.length} frames; ` +
      `unintended writes ${ledger.unintendedWrites.length}, secrets ${leaks.length}`,
  );
  expect(done.size).toBe(CASES.length);
  expect(done.size).toBeGreaterThanOrEqual(200);
  expect(ledger.frames.length).toBeGreaterThan(1_000);
  expect(leaks).toEqual([]);
  expect(ledger.unintendedWrites).toEqual([]);
});
