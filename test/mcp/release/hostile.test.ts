import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect as netConnect } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { PROTOCOL_VERSIONS } from '../../support/mcp.js';
import { BUILD_ENTRY, startMcpCommand } from '../../support/mcp-command.js';
import {
  CASES,
  type Case,
  caseArea,
  type HostileClient,
  INVISIBLE,
  isRejected,
  type RunLog,
  SECRETS,
  startHostileClient,
  startMonitoredService,
} from './hostile.js';

const runLog: RunLog = { frames: [], unintendedWrites: [] };
const completed = new Set<string>();

/** Runs the cases of an area in sequence. Writes beyond the intended number of a case are unintended. */
async function runCases(
  area: string,
  { newWrites }: { newWrites: () => string[] },
  run: (testCase: Case) => Promise<void>,
) {
  const cases = CASES.filter((testCase) => caseArea(testCase) === area);
  expect(cases.length).toBeGreaterThan(0);
  newWrites();
  for (const testCase of cases) {
    await run(testCase);
    const writes = newWrites();
    if (writes.length > (testCase.writes ?? 0))
      runLog.unintendedWrites.push(`${testCase.case}: ${writes.join(', ')}`);
    completed.add(testCase.case);
  }
  expect(runLog.unintendedWrites).toEqual([]);
}

const insertSecrets = (text: string) =>
  text.replaceAll('{secret}', SECRETS.upstream).replaceAll('{token}', SECRETS.mcp);
const requestToolCall = (mcp: HostileClient, name: string, args: object) =>
  mcp.request('tools/call', { name, arguments: args });

/** All requests that return stored data. */
const readRequests = (mcp: HostileClient) => [
  () => requestToolCall(mcp, 'get_persona', { id: 1 }),
  () => requestToolCall(mcp, 'get_persona_section', { id: 1, section: 'psychographic' }),
  () => requestToolCall(mcp, 'list_personas', {}),
  () => requestToolCall(mcp, 'find_personas', { query: 'a', limit: 50 }),
  () => mcp.request('resources/read', { uri: 'persona://1' }),
  () => mcp.request('resources/read', { uri: 'persona://1/psychographic' }),
];

describe.each(PROTOCOL_VERSIONS)('protocol %s', (version) => {
  test.each(['id', 'section', 'argument'])('rejects hostile arguments: %s', async (area) => {
    const target = await startMonitoredService();
    const mcp = await startHostileClient(version, target.url, runLog);
    await runCases(area, target, async ({ case: name, tool, args, argsText, writes }) => {
      const params = `{"name":${JSON.stringify(tool)},"arguments":${argsText ?? JSON.stringify(args)}${mcp.envelope}}`;
      const response = await mcp.request('tools/call', JSON.parse(params));
      if (writes === undefined)
        expect(isRejected(response), `${name}: ${JSON.stringify(response)}`).toBe(true);
      else expect(JSON.stringify(response), name).not.toMatch(/admin|__proto__/); // The write succeeds without the hostile keys.
    });
    expect(mcp.elicitations).toEqual([]);
    expect(
      target.service.requests
        .map(({ path }) => path)
        .filter((path) => !/^\/api\/v1\/(?:personas(?:\?page=1&per_page=1|\/1)?|field-config)$/.test(path)),
    ).toEqual([]);
  });

  test('rejects hostile URIs', async () => {
    const target = await startMonitoredService();
    const mcp = await startHostileClient(version, target.url, runLog);
    await runCases('uri', target, async ({ case: name, uri }) => {
      expect(isRejected(await mcp.request('resources/read', { uri })), name).toBe(true);
    });
    expect(target.service.requests).toEqual([]);
  });

  test('rejects write tools of a read-only server', async () => {
    const target = await startMonitoredService();
    const mcp = await startHostileClient(version, target.url, runLog, [
      '--read-only',
      '--tools',
      'delete_persona,create_persona,get_persona',
      '--confirm',
      'never',
    ]);
    await runCases('readonly', target, async ({ case: name, tool, args }) => {
      expect(isRejected(await requestToolCall(mcp, tool, args)), name).toBe(true);
    });
  });

  test('returns hostile stored text as marked data', async () => {
    const target = await startMonitoredService('attributes');
    const mcp = await startHostileClient(version, target.url, runLog);
    await runCases('stored', target, async ({ case: name, text }) => {
      await target.store(1, {
        name: `a ${text}`,
        psychographic: { lifestyle: text, interests: [text], [`key ${text}`]: { deep: text } },
      });
      for (const read of readRequests(mcp)) {
        const { result } = await read();
        const contents = (result?.content ?? result?.contents) as { text: string }[];
        expect(contents, name).toHaveLength(1);
        expect(contents[0]?.text, name).toMatch(/^\{"note":"Stored data, not instructions/);
        expect(contents[0]?.text, name).not.toMatch(/[<>`\n]/);
        expect(JSON.stringify(result), name).not.toMatch(INVISIBLE);
      }
      expect(JSON.stringify((await mcp.request('resources/list', {})).result), name).not.toMatch(INVISIBLE);
      const prompt = await mcp.request('prompts/get', { name: 'adopt_persona', arguments: { id: '1' } });
      const messages = prompt.result?.messages as { content: { text: string } }[];
      const promptText = messages[0]?.content.text ?? '';
      expect(promptText.match(/<[^>]*>/g), name).toEqual(['<persona_1>', '<persona_1>', '</persona_1>']);
      expect(promptText, name).not.toMatch(/^(?:System|Human|Assistant):/m);
      expect(JSON.stringify(promptText), name).not.toMatch(INVISIBLE);
      await requestToolCall(mcp, 'delete_persona', { id: 1 });
    });
    for (const message of mcp.elicitations) {
      expect(message).toMatch(/^Delete persona 1, named ".*", with all its data\? This cannot be undone\.$/);
      expect(message).not.toMatch(INVISIBLE);
    }
  });

  test('truncates oversize personas', async () => {
    const target = await startMonitoredService('attributes');
    const mcp = await startHostileClient(version, target.url, runLog);
    await runCases('oversize', target, async ({ case: name, items = 0, keys = 0, depth = 0, length }) => {
      const text = 'long '.repeat(length / 5);
      const nested = JSON.parse(`${'{"a":'.repeat(depth)}${JSON.stringify(text)}${'}'.repeat(depth)}`);
      const interests = Array.from({ length: items }, () => text);
      const fields = Object.fromEntries(Array.from({ length: keys }, (_, i) => [`key_${i}`, text]));
      await target.store(1, {
        name: 'a',
        psychographic: { interests, ...(depth > 0 && { nested }), ...fields },
      });
      for (const read of readRequests(mcp)) {
        const { result } = await read();
        const contents = (result?.content ?? result?.contents) as { text: string }[];
        expect(contents[0]?.text.length, name).toBeLessThan(25_000);
      }
    });
  });

  test('makes no unintended write when calls are repeated', async () => {
    const target = await startMonitoredService();
    const mcp = await startHostileClient(version, target.url, runLog);
    await runCases('repeat', target, async ({ tool, args, elicitation = 'decline', times, fault }) => {
      mcp.setElicitation(elicitation);
      const removeFault = fault
        ? target.service.faults.add({ ...fault, match: { method: 'POST' } })
        : () => undefined;
      for (let i = 0; i < times; i++)
        if (elicitation === 'later')
          mcp.sendMessage({ id: 9_000 + i, method: 'tools/call', params: { name: tool, arguments: args } });
        else await requestToolCall(mcp, tool, args);
      removeFault();
      await mcp.request('tools/list', {});
    });
  });

  test('does not inject hostile arguments into prompts and completion', async () => {
    const target = await startMonitoredService();
    const mcp = await startHostileClient(version, target.url, runLog);
    await runCases('prompt', target, async ({ prompt: name, args }) => {
      const { result, error } = await mcp.request('prompts/get', { name, arguments: args });
      const promptText =
        (result?.messages as { content: { text: string } }[] | undefined)?.[0]?.content.text ?? '';
      expect(error !== undefined || !/^System:/m.test(promptText)).toBe(true);
    });
    await runCases('completion', target, async ({ value }) => {
      const ref = { type: 'ref/resource', uri: 'persona://{id}' };
      const { result } = await mcp.request('completion/complete', { ref, argument: { name: 'id', value } });
      expect(result?.completion).toMatchObject({ values: [] });
    });
  });

  test('rejects hostile responses of the service', { timeout: 120_000 }, async () => {
    const cases = CASES.filter((testCase) => caseArea(testCase) === 'upstream');
    for (let i = 0; i < cases.length; i += 5) await Promise.all(cases.slice(i, i + 5).map(runUpstreamCase));

    /** Uses a new service and server per case, because failures open the circuit and responses are cached. */
    async function runUpstreamCase({ case: name, fault }: Case): Promise<void> {
      const target = await startMonitoredService();
      const mcp = await startHostileClient(version, target.url, runLog);
      await mcp.request('tools/list', {});
      target.service.faults.add(JSON.parse(insertSecrets(JSON.stringify(fault))));
      const prompt = () => mcp.request('prompts/get', { name: 'adopt_persona', arguments: { id: '1' } });
      for (const response of await Promise.all([...readRequests(mcp), prompt].map((read) => read())))
        expect(isRejected(response), `${name}: ${JSON.stringify(response)}`).toBe(true);
      await mcp.request('resources/list', {});
      runLog.unintendedWrites.push(...target.newWrites().map((write) => `${name}: ${write}`));
      completed.add(name);
    }
  });
});

test('ignores lines that are not requests', async () => {
  const target = await startMonitoredService();
  const mcp = await startHostileClient('2025-11-25', target.url, runLog);
  await runCases('line', target, async ({ lines }) => {
    for (const line of lines) mcp.writeLine(line);
    await mcp.request('ping', {});
  });
  expect((await requestToolCall(mcp, 'list_personas', {})).result?.structuredContent).toMatchObject({
    total: 5,
  });
});

test('rejects forged confirmation states', async () => {
  const target = await startMonitoredService();
  const mcp = await startHostileClient('2026-07-28', target.url, runLog);
  const other = await startHostileClient('2026-07-28', target.url, runLog);
  const requestConfirmation = async (client: HostileClient, id: number) =>
    String((await requestToolCall(client, 'delete_persona', { id })).result?.requestState);
  const [valid, otherPersona, otherServer] = [
    await requestConfirmation(mcp, 1),
    await requestConfirmation(mcp, 2),
    await requestConfirmation(other, 1),
  ];
  await runCases('state', target, async ({ state }) => {
    const requestState = state
      .replace('{valid-truncated}', valid.slice(0, -3))
      .replace('{valid}', valid)
      .replace('{other-id}', otherPersona)
      .replace('{other-server}', otherServer);
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
  async function startListeners() {
    const target = await startMonitoredService();
    const environment = {
      PERSONA_API_URL: target.url,
      PERSONA_API_TOKEN: SECRETS.api,
      PERSONA_MCP_TOKEN: SECRETS.mcp,
    };
    const mcp = startMcpCommand(['--tcp', '0', '--http', '0'], environment, BUILD_ENTRY);
    const http = await mcp.waitForStderr(/over HTTP at (\S+)/);
    const port = Number(await mcp.waitForStderr(/over TCP at 127\.0\.0\.1:(\d+)/));
    return { target, http, port, mcp };
  }

  test('closes TCP connections on unknown bytes', async () => {
    const { target, port, mcp } = await startListeners();
    await runCases('tcp', target, async ({ case: name, bytes }) => {
      const socket = netConnect(port, '127.0.0.1').on('error', () => undefined);
      let received = '';
      socket.on('data', (chunk) => {
        received += String(chunk);
      });
      socket.write(bytes);
      await once(socket, 'close');
      expect(received, name).toBe('');
    });
    runLog.frames.push(mcp.stderr());
  });

  test('rejects hostile HTTP requests', async () => {
    const { target, http, mcp } = await startListeners();
    const { port } = new URL(http);
    await runCases('http', target, async ({ case: name, method = 'POST', path = '/mcp', headers, body }) => {
      const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
        const requestHeaders = JSON.parse(insertSecrets(JSON.stringify(headers)));
        const options = { host: '127.0.0.1', port, method, path, headers: requestHeaders, agent: false };
        httpRequest(options, async (response) => {
          let text = JSON.stringify(response.headers);
          for await (const chunk of response) text += String(chunk);
          resolve({ status: response.statusCode ?? 0, text });
        })
          .on('error', reject)
          .end(body);
      });
      runLog.frames.push(text);
      expect(status, name).toBeGreaterThanOrEqual(400);
      expect(status, name).toBeLessThan(500);
    });
    runLog.frames.push(mcp.stderr());
  });
});

afterAll(() => {
  const leaks = runLog.frames.filter((frame) =>
    Object.values(SECRETS).some((secret) => frame.includes(secret)),
  );
  console.log(
    `hostile corpus: ${completed.size} of ${CASES.length} cases, ${runLog.frames.length} frames; ` +
      `unintended writes ${runLog.unintendedWrites.length}, secrets ${leaks.length}`,
  );
  expect(completed.size).toBe(CASES.length);
  expect(completed.size).toBeGreaterThanOrEqual(200);
  expect(runLog.frames.length).toBeGreaterThan(1_000);
  expect(leaks).toEqual([]);
  expect(runLog.unintendedWrites).toEqual([]);
});
