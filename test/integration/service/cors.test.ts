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
    expect(headers.get('access-control-allow-headers')).toBe(preflight['access-control-request-headers']);
    expect(headers.get('access-control-allow-methods')).toContain('PUT');
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

  it('allows any origin with *', async () => {
    const { send } = await startServiceWithSender({ dialect, cors: { origins: ['*'] } });
    const { headers } = await send('GET', PERSONAS_PATH, undefined, { origin: 'https://example.com' });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.has('vary')).toBe(false);
  });
});
