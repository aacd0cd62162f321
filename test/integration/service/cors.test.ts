import { describe, expect, it } from 'vitest';
import { USERS } from '../../support/auth.js';
import { PERSONAS_PATH } from '../../support/personas.js';
import { DIALECTS } from '../../support/service.js';
import { startServiceWithSender } from './helpers.js';

const ORIGIN = 'http://localhost:3000';
const auth = { users: USERS };
const cors = { origins: [ORIGIN] };

const preflight = {
  origin: ORIGIN,
  'access-control-request-method': 'PUT',
  'access-control-request-headers': 'authorization,content-type,x-anything',
};

function corsHeaders(headers: Headers): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-'));
}

describe.each(DIALECTS)('%s: CORS', (dialect) => {
  it('allows a configured origin on /api/*', async () => {
    const { send } = await startServiceWithSender({ dialect, cors });
    const { headers } = await send('GET', PERSONAS_PATH, undefined, { origin: ORIGIN });
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('vary')).toBe('Origin');
  });

  it('does not expose response headers', async () => {
    const { send } = await startServiceWithSender({ dialect, cors });
    const { headers } = await send('GET', PERSONAS_PATH, undefined, { origin: ORIGIN });
    expect(headers.has('access-control-expose-headers')).toBe(false);
  });

  it('allows any request header in a preflight, without a token', async () => {
    const { send } = await startServiceWithSender({ dialect, cors, auth });
    const { status, headers } = await send('OPTIONS', `${PERSONAS_PATH}/1`, undefined, preflight);
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('access-control-allow-headers')).toBe('authorization, content-type, x-anything');
    expect(headers.get('access-control-allow-methods')).toContain('PUT');
  });

  it('can allow only some request headers', async () => {
    const headers = ['Content-Type', 'Authorization'];
    const { send } = await startServiceWithSender({ dialect, cors: { ...cors, headers } });
    const response = await send('OPTIONS', `${PERSONAS_PATH}/1`, undefined, preflight);
    expect(response.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type');
  });

  it('lets a page read error responses too', async () => {
    const { send, service } = await startServiceWithSender({ dialect, cors, auth });
    service.faults.add({ status: 503, match: { path: '/api/fault' } });
    for (const path of [PERSONAS_PATH, '/api/nowhere', '/api/fault']) {
      const { status, headers } = await send('GET', path, undefined, { origin: ORIGIN });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    }
  });

  it('sends no CORS headers outside /api/*', async () => {
    const { send } = await startServiceWithSender({ dialect, cors });
    const { status, headers } = await send('GET', '/health', undefined, { origin: ORIGIN });
    expect(status).toBe(200);
    expect(corsHeaders(headers)).toEqual([]);
  });

  it('sends no CORS headers to an origin that is not configured', async () => {
    const { send } = await startServiceWithSender({ dialect, cors: { origins: ['http://localhost:9'] } });
    expect(corsHeaders((await send('OPTIONS', PERSONAS_PATH, undefined, preflight)).headers)).toEqual([]);
    const byDefault = await startServiceWithSender({ dialect });
    expect(
      corsHeaders((await byDefault.send('OPTIONS', PERSONAS_PATH, undefined, preflight)).headers),
    ).toEqual([]);
  });

  it.each(['https://example.com', 'null'])('repeats the origin %s if * is allowed', async (origin) => {
    const { send } = await startServiceWithSender({ dialect, cors: { origins: ['*'] } });
    const { headers } = await send('GET', PERSONAS_PATH, undefined, { origin });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('vary')).toBe('Origin');
  });

  it('allows * or the first configured origin if a request has no origin', async () => {
    const getOrigin = async (origins: readonly string[]) => {
      const { send } = await startServiceWithSender({ dialect, cors: { origins } });
      const { headers } = await send('GET', '/api/nowhere');
      return [headers.get('access-control-allow-origin'), headers.get('vary')];
    };
    expect(await getOrigin(['*'])).toEqual(['*', null]);
    expect(await getOrigin([ORIGIN, 'http://localhost:9'])).toEqual([ORIGIN, 'Origin']);
    expect(await getOrigin([])).toEqual([null, null]);
  });

  it.each(['', '*'])('sends * without Vary to the origin "%s" if * is allowed', async (origin) => {
    const { send } = await startServiceWithSender({ dialect, cors: { origins: ['*'] } });
    const { headers } = await send('GET', PERSONAS_PATH, undefined, { origin });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.has('vary')).toBe(false);
  });

  it('handles a request from an origin that is not allowed', async () => {
    const { send } = await startServiceWithSender({ dialect, cors });
    const created = await send('POST', PERSONAS_PATH, { name: 'x' }, { origin: 'http://localhost:9' });
    expect(created.status).toBe(201);
    expect(corsHeaders(created.headers)).toEqual([]);
  });

  it('allows all methods in a preflight of any route, and names headers only if asked', async () => {
    const { send } = await startServiceWithSender({ dialect, cors });
    for (const path of [PERSONAS_PATH, '/api/nowhere']) {
      const { headers } = await send('OPTIONS', path, undefined, {
        origin: ORIGIN,
        'access-control-request-method': 'DELETE',
      });
      expect(headers.get('access-control-allow-methods')).toBe(
        'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
      );
      expect(headers.has('access-control-allow-headers')).toBe(false);
    }
    const plain = await send('OPTIONS', PERSONAS_PATH, undefined, { origin: ORIGIN });
    expect(plain.headers.has('access-control-allow-methods')).toBe(false);
    expect(plain.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });
});
