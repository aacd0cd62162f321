/**
 * A minimal service, so that benchmarks measure the clients: `node:http` with prepared responses and keep-alive connections.
 *
 * Supports reads, creates, login, and refresh. Shares no code with the client, and runs in its own process.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A command to the service, which responds with its request counts. */
export type ServiceCommand = {
  readonly mode?: 'healthy' | 'unavailable';
  readonly revokeToken?: true;
  readonly getCounts?: true;
};
export interface RequestCounts {
  readonly reads: number;
  readonly creates: number;
  readonly logins: number;
  readonly refreshes: number;
}
export interface Ports {
  /** Port with `Content-Length` responses. */
  readonly plain: number;
  /** Port with chunked responses. */
  readonly chunked: number;
}

const HOUR_S = 3600;
const KEEP_ALIVE_MS = 65_000; // longer than a load balancer keeps idle connections
const stamp = '2026-11-22T06:29:29.793176';
const row = (id: number) => ({ id, persona_id: id });

/** A typical persona of 0.5 KB. */
const small = (id: number) => ({
  id,
  name: `Persona ${id}`,
  created_at: stamp,
  updated_at: stamp,
  demographic: {
    ...row(id),
    latitude: null,
    longitude: null,
    language: 'en-US',
    country: 'US',
    city: 'San Francisco',
    region: null,
    age: 34,
    gender: null,
    education: null,
    income: null,
    occupation: null,
  },
  psychographic: { interests: ['technology', 'travel', 'cooking'], lifestyle: 'active' },
  behavioral: null,
  contextual: null,
});

/** A persona of 1.3 KB with all built-in fields. */
const full = (id: number) => ({
  ...small(id),
  demographic: {
    ...row(id),
    latitude: 37.7749,
    longitude: -122.4194,
    language: 'en-US',
    country: 'US',
    city: 'San Francisco',
    region: 'California',
    age: 34,
    gender: 'female',
    education: 'Master of Science',
    income: '90000-120000',
    occupation: 'Software engineer',
  },
  psychographic: {
    interests: ['technology', 'travel', 'cooking', 'photography'],
    personal_values: ['honesty', 'curiosity', 'sustainability'],
    attitudes: ['optimistic', 'open to new ideas'],
    opinions: ['remote work is here to stay', 'privacy matters'],
    lifestyle: 'active',
    personality: 'INTJ',
  },
  behavioral: {
    browsing_habits: ['news in the morning', 'shopping at night'],
    purchase_history: ['running shoes', 'espresso machine', 'noise canceling headphones'],
    brand_interactions: ['newsletter', 'loyalty program'],
    device_usage: { phone: '3 hours a day', laptop: '7 hours a day' },
    social_media_activity: { mastodon: 'daily', instagram: 'weekly' },
    content_consumption: { podcasts: 'science', video: 'documentaries' },
  },
  contextual: {
    time_of_day: 'morning',
    day_of_week: 'weekday',
    season: 'summer',
    weather: 'sunny',
    device_type: 'laptop',
    browser_type: 'firefox',
    screen_size: '2560x1440',
    connection_type: 'wifi',
  },
});

const PLACEHOLDER_ID = 987654321;
const template = (persona: (id: number) => object) =>
  JSON.stringify(persona(PLACEHOLDER_ID)).split(String(PLACEHOLDER_ID));
const smallTemplate = template(small);
const largeTemplate = template(full);
const personaText = (id: number) => (id % 2 ? smallTemplate : largeTemplate).join(String(id));

let mode: ServiceCommand['mode'] = 'healthy';
let generation = 0;
let token = newToken();
const counts = { reads: 0, creates: 0, logins: 0, refreshes: 0 };

function newToken(): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const claims = { sub: 'admin', iat, exp: iat + HOUR_S, jti: String(generation), type: 'access' };
  return `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}.${'s'.repeat(43)}`;
}

function send(response: ServerResponse, chunked: boolean, [status, text]: readonly [number, string]): void {
  const headers: Record<string, string | number> = { 'Content-Type': 'application/json' };
  if (chunked) headers['Transfer-Encoding'] = 'chunked';
  else headers['Content-Length'] = Buffer.byteLength(text);
  response.writeHead(status, headers);
  response.end(text);
}

/** Returns status and body of the response. */
function createResponse(
  { method, url = '', headers }: IncomingMessage,
  body: string,
): readonly [number, string] {
  if (url.startsWith('/api/v1/auth/')) {
    if (url.endsWith('/refresh')) {
      counts.refreshes++;
      token = newToken();
    } else counts.logins++;
    return [200, JSON.stringify({ access_token: token, refresh_token: `refresh-${generation}` })];
  }
  const id = Number(/^\/api\/v1\/personas\/(\d+)$/.exec(url)?.[1]);
  const isCreate = method === 'POST' && url === '/api/v1/personas';
  if (isCreate) counts.creates++;
  else counts.reads++;
  if (mode === 'unavailable') return [503, '{"message":"Service Unavailable","status_code":503}'];
  if (headers.authorization !== `Bearer ${token}`) return [401, '{"msg":"Token has expired"}'];
  if (isCreate) {
    const persona = { ...small(counts.creates), ...JSON.parse(body), id: counts.creates };
    return [201, JSON.stringify(persona)];
  }
  if (method === 'GET' && id > 0) return [200, personaText(id)];
  return [404, '{"message":"Not found","status_code":404}'];
}

async function listen(chunked: boolean): Promise<number> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => send(response, chunked, createResponse(request, body)));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

process.on('message', (command: ServiceCommand) => {
  mode = command.mode ?? mode;
  if (command.revokeToken) {
    generation++;
    token = newToken();
  }
  process.send?.({ ...counts });
});
process.on('disconnect', () => process.exit());
const ports: Ports = { plain: await listen(false), chunked: await listen(true) };
process.send?.(ports);
