import { channel } from 'node:diagnostics_channel';
import { type ClientOptions, PersonaConnectionError, PersonaError } from 'persona-client';
import { createPooledTransport, publishDiagnostics } from 'persona-client/node';
import { describe, onTestFinished, vi } from 'vitest';
import { reportError } from '../../src/cli/report-error.js';
import { describeError } from '../../src/mcp/errors.js';
import {
  BROKEN_RESPONSES,
  FOLLOWED_RESPONSES,
  serveBroken,
  WRONG_TRANSPORTS,
} from '../support/broken-servers.js';
import { catchError } from '../support/failures.js';
import { setupTelemetry } from '../support/otel.js';
import { serveSocket } from '../support/servers.js';
import { AttackTally, attack } from './attack.js';
import { CANARIES, EVENT_NAMES, findLeaks } from './canaries.js';
import { CALLS_WITH_CANARIES, type MethodsOfClient } from './canary-calls.js';
import { CANARY_HEADERS, CANARY_USER, createWatchedClient } from './hostile-responses.js';

type Fetch = typeof globalThis.fetch;

/** Creates a `fetch` that hides that it is the platform's, as wrappers of applications do. */
const wrap =
  (fetch: Fetch): Fetch =>
  async (...request) => {
    try {
      return await fetch(...request);
    } catch (cause) {
      throw new Error('the gateway failed', { cause });
    }
  };

async function createPool(options = {}): Promise<Fetch> {
  const { fetch, close } = await createPooledTransport(options);
  onTestFinished(() => close());
  return fetch;
}

/** The ways to send a request. A custom `fetch` must not leak what it received from the platform. */
const TRANSPORTS: Readonly<Record<string, () => Fetch | undefined | Promise<Fetch>>> = {
  'global fetch': () => undefined,
  'pooled transport': () => createPool(),
  'bound global fetch': () => globalThis.fetch.bind(globalThis),
  'wrapped global fetch': () => wrap(globalThis.fetch),
  'wrapped pooled transport': async () => wrap(await createPool()),
};

/** The credentials that the calls send: the methods a token, `refresh` a refresh token, `login` a password. */
const CREDENTIALS: readonly ClientOptions[] = [
  { auth: { token: CANARIES.accessToken } },
  { auth: { accessToken: CANARIES.accessToken, refreshToken: CANARIES.refreshToken } },
  { auth: CANARY_USER },
];

const SERVERS: readonly (readonly [string, () => Promise<string>])[] = [
  ...Object.entries({ ...BROKEN_RESPONSES, ...FOLLOWED_RESPONSES }).map(
    ([name, respond]) => [name, async () => (await serveBroken(respond)).url] as const,
  ),
  ...Object.entries(WRONG_TRANSPORTS),
];

/** Records what the channels publish, and what the command prints. */
function watchOutputs(tally: AttackTally) {
  for (const name of EVENT_NAMES) {
    const listener = (event: unknown) => {
      const found = findLeaks(JSON.stringify(event));
      tally.check(found.length === 0, () => `channel ${name}: ${found}`);
    };
    channel(`persona-client:${name}`).subscribe(listener);
    onTestFinished(() => void channel(`persona-client:${name}`).unsubscribe(listener));
  }
  const written: string[] = [];
  return {
    /** Checks what the command line and the MCP server say about an error. */
    checkPrograms: (label: string, error: unknown) => {
      const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
        written.push(String(text));
        return true;
      });
      for (const json of [true, false]) reportError(error, json);
      spy.mockRestore();
      const found = findLeaks([...written.splice(0), describeError(error)].join('\n'));
      tally.check(found.length === 0, () => `${label}, printed: ${found}`);
    },
  };
}

describe.each(Object.keys(TRANSPORTS))('servers that do not speak HTTP, %s', (transport) => {
  attack(
    'repeat what they received, and no secret appears in an error, event, log line, span or channel',
    async () => {
      const tally = new AttackTally();
      const fetch = await TRANSPORTS[transport]?.();
      const { telemetry, spans, points } = await setupTelemetry({}, {}, fetch && { fetch });
      const { checkPrograms } = watchOutputs(tally);
      let failures = 0;
      for (const [server, start] of SERVERS) {
        const baseUrl = await start();
        for (const credentials of CREDENTIALS)
          for (const [method, call] of Object.entries(CALLS_WITH_CANARIES)) {
            const { client, inspectValue } = createWatchedClient(
              { tally, issuedTokens: new Set() },
              {
                baseUrl,
                dialect: 'subresource',
                retry: false,
                lateWriteWindowMs: 0,
                timeoutMs: 5_000,
                ...(fetch && { fetch }),
                ...credentials,
              },
            );
            const stops = [publishDiagnostics(client), telemetry.observe(client)];
            const error = await catchError(call(client as MethodsOfClient));
            const label = `${method} to ${server}`;
            inspectValue(label, error);
            tally.check(
              error === undefined || error instanceof PersonaError,
              () => `${label}: ${String(error)}`,
            );
            if (error) checkPrograms(label, error);
            if (error instanceof PersonaConnectionError) failures++;
            client.close();
            for (const stop of stops) stop();
          }
      }
      for (const { name, attributes, events, status } of spans()) {
        const text = JSON.stringify({ name, attributes, events, status });
        tally.check(findLeaks(text).length === 0, () => `span: ${text}`);
      }
      for (const { attributes } of (await points('persona_client.call.duration')) ?? [])
        tally.check(findLeaks(JSON.stringify(attributes)).length === 0, () => JSON.stringify(attributes));
      tally.check(failures > 1_000, `only ${failures} calls failed as connections`);
      return tally;
    },
  );
});

describe('a proxy that does not speak HTTP', () => {
  attack('repeats its credentials, and none appears in an error', async () => {
    const tally = new AttackTally();
    const echo = await serveSocket((socket) => void socket.on('data', (chunk) => socket.write(chunk)));
    const proxy = new URL(echo.url);
    proxy.username = 'user';
    proxy.password = encodeURIComponent(CANARIES.password);
    const plain = await serveBroken((socket, request) => void socket.write(request));
    for (const baseUrl of ['https://personas.example.com', plain.url]) {
      const pool = await createPool({ proxy: proxy.href });
      for (const fetch of [pool, wrap(pool)])
        for (const [name, call] of Object.entries(CALLS_WITH_CANARIES)) {
          const options = { baseUrl, fetch, retry: false, dialect: 'subresource', timeoutMs: 5_000 } as const;
          const { client, inspectValue } = createWatchedClient({ tally, issuedTokens: new Set() }, options);
          const error = await catchError(call(client as MethodsOfClient));
          inspectValue(`${name} to ${baseUrl}`, error);
          client.close();
        }
    }
    return tally;
  });
});

describe('functions of the application', () => {
  attack('that call a broken server leak nothing through getToken and the token store', async () => {
    const tally = new AttackTally();
    for (const [server, start] of SERVERS) {
      const baseUrl = await start();
      const request = async () => {
        const init = { method: 'POST', headers: CANARY_HEADERS, body: JSON.stringify(CANARY_USER) };
        return (await globalThis.fetch(baseUrl, init)).text();
      };
      const store = { get: request as never, set: request as never, delete: request as never };
      for (const options of [
        { auth: { getToken: request } },
        { auth: { getToken: wrap(request as never) as never } },
        { tokenStore: store, principal: 'ada' },
      ]) {
        const { client, inspectValue } = createWatchedClient(
          { tally, issuedTokens: new Set() },
          {
            baseUrl,
            dialect: 'subresource',
            retry: false,
            timeoutMs: 5_000,
            auth: undefined as never,
            ...options,
          },
        );
        inspectValue(server, await catchError(client.personas.get(1)));
        client.close();
      }
    }
    return tally;
  });
});
