import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import fc from 'fast-check';
import { PersonaClient, PersonaError, PersonaResponseError } from 'persona-client';
import { createPooledTransport } from 'persona-client/node';
import { describe, onTestFinished } from 'vitest';
import { path } from '../../src/endpoints/path.js';
import { CALLS_WITH_ID } from '../support/calls.js';
import { catchError } from '../support/failures.js';
import { createRandom } from '../support/random.js';
import { DIALECTS } from '../support/service.js';
import { AttackTally, attack, runCount } from './attack.js';

const SECRET = 'canary-5f1c-secret';
const listenOnFreePort = (server: Server | ReturnType<typeof createSocketServer>, host = '127.0.0.1') =>
  new Promise<number>((resolve) => {
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
    onTestFinished(() => void server.close());
  });

const CALLS_WITH_SECRETS: Readonly<Record<string, (client: PersonaClient) => Promise<unknown>>> = {
  'personas.get': (client) => client.personas.get(1),
  'personas.list': (client) => client.personas.list(),
  'personas.create': (client) => client.personas.create({ name: SECRET }),
  'personas.update': (client) => client.personas.update(1, { name: SECRET }),
  'personas.delete': (client) => client.personas.delete(1),
  'psychographic.update': (client) => client.psychographic.update(1, { lifestyle: SECRET }),
  'schema.get': (client) => client.schema.get(),
  'health.check': (client) => client.health.check(),
  'auth.login': (client) => client.auth.login({ username: 'ada', password: SECRET }),
};

describe('redirects', () => {
  attack('are not followed to another host, port, or scheme', async () => {
    const tally = new AttackTally();
    let connections = 0;
    const target = createSocketServer((socket) => {
      connections++;
      socket.destroy();
    });
    const port = await listenOnFreePort(target);
    const redirect = { status: 307, location: '' };
    const redirecting = createServer((request, response) => {
      request
        .resume()
        .on('end', () => response.writeHead(redirect.status, { location: redirect.location }).end());
    });
    const redirectingPort = await listenOnFreePort(redirecting);
    const pooled = await createPooledTransport();
    onTestFinished(() => pooled.close());
    const targets = [
      ...[`http://127.0.0.1:${port}/api/v1/personas/1`, `https://127.0.0.1:${port}/`, `//127.0.0.1:${port}/`],
      ...[`http://localhost:${port}/`, `http://user:pw@127.0.0.1:${port}/`, `HTTP:\\\\127.0.0.1:${port}\\`],
    ];
    for (const fetch of [undefined, pooled.fetch])
      for (const location of targets)
        for (const status of [301, 302, 303, 307, 308])
          for (const [name, call] of Object.entries(CALLS_WITH_SECRETS)) {
            Object.assign(redirect, { status, location });
            using client = new PersonaClient({
              baseUrl: `http://127.0.0.1:${redirectingPort}`,
              auth: { token: SECRET },
              headers: { cookie: SECRET },
              dialect: 'subresource',
              ...(fetch && { fetch }),
            });
            const error = await catchError(call(client));
            const isExpectedError = error instanceof PersonaResponseError && error.status === status;
            tally.check(
              isExpectedError && connections === 0,
              () => `${name}, ${status} to ${location}: ${String(error)}`,
            );
          }
    return tally;
  });
});

/** Text that could escape from a path segment, and arbitrary text. */
const anySegment = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 12, unit: fc.constantFrom(...'./\\%2e2fF?#;@:&= \t\r\n\0\u2024\uff0f1'.split('')) }),
  fc.constantFrom('..', '.', '%2e%2e', '..%2f', '../..', '..;/', '\\..\\', '//evil.example', '', '%', '1/2'),
);
const anyId = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: -2, max: Number.MAX_SAFE_INTEGER }) },
  fc.double(),
  anySegment,
  fc.anything({ withBigInt: true }),
);

const PATH_PATTERN =
  /^\/base\/api\/v1\/personas\/[1-9]\d{0,15}(?:\/(?:attributes\/)?(?:demographic|psychographic|behavioral|contextual))?$/;

describe('paths', () => {
  attack('match the expected pattern for any id, or nothing is sent', async () => {
    const tally = new AttackTally();
    let requestedUrl: string | undefined;
    const clients = DIALECTS.map(
      (dialect) =>
        new PersonaClient({
          baseUrl: 'http://localhost/base',
          dialect,
          cache: false,
          breaker: false,
          retry: false,
          fetch: async (url) => {
            requestedUrl = String(url);
            return new Response('{"message":"Persona not found"}', { status: 404 });
          },
        }),
    );
    const call = fc.tuple(
      fc.constantFrom(...clients),
      fc.constantFrom(...CALLS_WITH_ID.map(([, run]) => run)),
      anyId,
    );
    await fc.assert(
      fc.asyncProperty(call, async ([client, run, value]) => {
        requestedUrl = undefined;
        const error = await catchError(run(client, value as number));
        const { origin, pathname, search, hash } = new URL(
          requestedUrl ?? 'http://localhost/base/api/v1/personas/1',
        );
        const matches = origin === 'http://localhost' && PATH_PATTERN.test(pathname) && search + hash === '';
        tally.check(
          matches && error instanceof PersonaError,
          () => `${String(value)}: ${requestedUrl}, ${String(error)}`,
        );
      }),
      { numRuns: runCount(50_000, 1_000_000) },
    );
    for (const client of clients) client.close();
    return tally;
  });

  attack('keep any text inside its segment of a path template', async () => {
    const tally = new AttackTally();
    const random = createRandom(20_261_126);
    const texts = [
      '..',
      '.',
      '%2e%2e',
      '..%2f',
      '../..',
      '..;/',
      '\\..\\',
      '//evil.example',
      '%',
      '1/2',
      '?a',
      '#',
    ];
    const letters = [...'./\\%25eEfF?#;@:&=+ \t\r\n\0aA0~\u2024\u3002\uff0e\uff0f\ud800\udc00é'];
    const createText = () => {
      if (random.nextInteger(4) === 0) return random.pick(texts);
      let text = '';
      for (let length = random.nextInteger(9); length > 0; length--)
        text +=
          random.nextInteger(8) === 0
            ? String.fromCharCode(random.nextInteger(65_536))
            : random.pick(letters);
      return text;
    };
    let accepted = 0;
    for (let index = 0; index < 1_000_000; index++) {
      const segments = [createText(), createText()] as const;
      let createdPath: string;
      try {
        createdPath = path`/a/${segments[0]}/b/${segments[1]}`;
      } catch (error) {
        const isExpectedError = error instanceof TypeError || error instanceof URIError;
        tally.check(isExpectedError, () => `${JSON.stringify(segments)}: ${String(error)}`);
        continue;
      }
      accepted++;
      const { href } = new URL(`http://localhost/base${createdPath}`);
      const isInside = /^http:\/\/localhost\/base\/a\/[^/\\?#]+\/b\/[^/\\?#]+$/.test(href);
      tally.check(isInside, () => `${JSON.stringify(segments)}: ${href}`);
    }
    tally.check(accepted > 500_000, `only ${accepted} paths were created`);
    return tally;
  });
});
