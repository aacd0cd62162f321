import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import fc from 'fast-check';
import { PersonaClient, PersonaError, PersonaResponseError } from 'persona-client';
import { createPooledTransport } from 'persona-client/node';
import { describe, onTestFinished } from 'vitest';
import { path } from '../../src/endpoints/path.js';
import { chanceOf } from './chance.js';
import { attack, count, Tally } from './report.js';

const SECRET = 'canary-5f1c-secret';
const listening = (server: Server | ReturnType<typeof createSocketServer>, host = '127.0.0.1') =>
  new Promise<number>((resolve) => {
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
    onTestFinished(() => void server.close());
  });

const CALLS: Readonly<Record<string, (client: PersonaClient) => Promise<unknown>>> = {
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
  attack('301, 302, 303, 307 and 308 to another host, port or scheme: nothing arrives there', async () => {
    const tally = new Tally();
    let arrived = 0;
    const elsewhere = createSocketServer((socket) => {
      arrived++;
      socket.destroy();
    });
    const port = await listening(elsewhere);
    const answer = { status: 307, location: '' };
    const redirecting = createServer((request, response) => {
      request
        .resume()
        .on('end', () => response.writeHead(answer.status, { location: answer.location }).end());
    });
    const own = await listening(redirecting);
    const pooled = await createPooledTransport();
    onTestFinished(() => pooled.close());
    const targets = [
      ...[`http://127.0.0.1:${port}/api/v1/personas/1`, `https://127.0.0.1:${port}/`, `//127.0.0.1:${port}/`],
      ...[`http://localhost:${port}/`, `http://user:pw@127.0.0.1:${port}/`, `HTTP:\\\\127.0.0.1:${port}\\`],
    ];
    for (const fetch of [undefined, pooled.fetch])
      for (const location of targets)
        for (const status of [301, 302, 303, 307, 308])
          for (const [name, call] of Object.entries(CALLS)) {
            Object.assign(answer, { status, location });
            using client = new PersonaClient({
              baseUrl: `http://127.0.0.1:${own}`,
              auth: { token: SECRET },
              headers: { cookie: SECRET },
              dialect: 'subresource',
              ...(fetch && { fetch }),
            });
            const error = await call(client).catch((reason: unknown) => reason);
            const typed = error instanceof PersonaResponseError && error.status === status;
            tally.check(typed && arrived === 0, () => `${name}, ${status} to ${location}: ${String(error)}`);
          }
    return tally;
  });
});

/** What could climb out of a segment, and anything at all. */
const segment = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 12, unit: fc.constantFrom(...'./\\%2e2fF?#;@:&= \t\r\n\0\u2024\uff0f1'.split('')) }),
  fc.constantFrom('..', '.', '%2e%2e', '..%2f', '../..', '..;/', '\\..\\', '//evil.example', '', '%', '1/2'),
);
const id = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: -2, max: Number.MAX_SAFE_INTEGER }) },
  fc.double(),
  segment,
  fc.anything({ withBigInt: true }),
);

type WithId = (client: PersonaClient, id: number) => Promise<unknown>;
const CATEGORIES = ['demographic', 'psychographic', 'behavioral', 'contextual'] as const;
const WITH_ID: readonly WithId[] = [
  (client, id) => client.personas.get(id),
  (client, id) => client.personas.update(id, { name: 'x' }),
  (client, id) => client.personas.delete(id),
  ...CATEGORIES.map(
    (category): WithId =>
      (client, id) =>
        client[category].get(id),
  ),
  ...CATEGORIES.map(
    (category): WithId =>
      (client, id) =>
        client[category].update(id, {}),
  ),
];
const SHAPE =
  /^\/base\/api\/v1\/personas\/[1-9]\d{0,15}(?:\/(?:attributes\/)?(?:demographic|psychographic|behavioral|contextual))?$/;

describe('paths', () => {
  attack('ids of any kind: the path keeps its shape, or nothing is sent', async () => {
    const tally = new Tally();
    let asked: string | undefined;
    const clients = (['subresource', 'attributes'] as const).map(
      (dialect) =>
        new PersonaClient({
          baseUrl: 'http://localhost/base',
          dialect,
          cache: false,
          breaker: false,
          retry: false,
          fetch: async (url) => {
            asked = String(url);
            return new Response('{"message":"Persona not found"}', { status: 404 });
          },
        }),
    );
    const call = fc.tuple(fc.constantFrom(...clients), fc.constantFrom(...WITH_ID), id);
    await fc.assert(
      fc.asyncProperty(call, async ([client, run, given]) => {
        asked = undefined;
        const error = await run(client, given as number).catch((reason: unknown) => reason);
        const { origin, pathname, search, hash } = new URL(
          asked ?? 'http://localhost/base/api/v1/personas/1',
        );
        const inShape = origin === 'http://localhost' && SHAPE.test(pathname) && search + hash === '';
        tally.check(
          inShape && error instanceof PersonaError,
          () => `${String(given)}: ${asked}, ${String(error)}`,
        );
      }),
      { numRuns: count(50_000, 1_000_000) },
    );
    for (const client of clients) client.close();
    return tally;
  });

  attack('any text in a path template: it leaves its segment', async () => {
    const tally = new Tally();
    const chance = chanceOf(20_261_126);
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
    const text = () => {
      if (chance.below(4) === 0) return chance.one(texts);
      let made = '';
      for (let length = chance.below(9); length > 0; length--)
        made += chance.below(8) === 0 ? String.fromCharCode(chance.below(65_536)) : chance.one(letters);
      return made;
    };
    let sent = 0;
    for (let at = 0; at < 1_000_000; at++) {
      const segments = [text(), text()] as const;
      let made: string;
      try {
        made = path`/a/${segments[0]}/b/${segments[1]}`;
      } catch (error) {
        const refused = error instanceof TypeError || error instanceof URIError;
        tally.check(refused, () => `${JSON.stringify(segments)}: ${String(error)}`);
        continue;
      }
      sent++;
      const { href } = new URL(`http://localhost/base${made}`);
      const kept = /^http:\/\/localhost\/base\/a\/[^/\\?#]+\/b\/[^/\\?#]+$/.test(href);
      tally.check(kept, () => `${JSON.stringify(segments)}: ${href}`);
    }
    tally.check(sent > 500_000, `only ${sent} paths were made`);
    return tally;
  });
});
