import { describe, expect, it } from 'vitest';
import { PERSONAS_PATH } from '../../support/personas.js';
import { DIALECTS, startService } from '../../support/service.js';
import { rawExchange } from './raw-http.js';

/** Starts a service with one persona. `send` sends the target as it is, which `fetch` would normalize. */
async function setup(dialect: (typeof DIALECTS)[number]) {
  const { url } = await startService(
    { dialect, seed: 1, cors: { origins: ['*'] } },
    { allowedHosts: ['a.example'] },
  );
  const { port } = new URL(url);
  return async (method: string, target: string) => {
    const request = `${method} ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`;
    const { received } = await rawExchange(Number(port), request);
    const [head = '', body = ''] = received.split('\r\n\r\n', 2);
    return { status: Number(head.split(' ')[1]), head, body };
  };
}

describe.each(DIALECTS)('%s: paths with several slashes', (dialect) => {
  it.each([
    ['/api//v1/personas', '/api/v1/personas'],
    ['/api///v1//personas?page=2&x=%20', '/api/v1/personas?page=2&x=%20'],
    ['/api/v1/personas//%D9%A1', '/api/v1/personas/%D9%A1'],
  ])('redirects %s to %s', async (target, location) => {
    const send = await setup(dialect);
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const { status, head } = await send(method, target);
      expect(status).toBe(308);
      expect(head).toContain(`location: http://a.example${location}\r\n`);
      expect(head).toContain('content-type: text/html; charset=utf-8');
      expect(head).toContain('access-control-allow-origin: *');
    }
    const { body } = await send('GET', target);
    expect(body).toContain(`<a href="http://a.example${location.replace('&', '&amp;')}">`);
  });

  it('fails with 405 instead if the route does not take the method, and with 404 without a route', async () => {
    const send = await setup(dialect);
    const wrongMethod = await send('DELETE', '/api//v1/personas');
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.head).toContain('allow: GET, HEAD, OPTIONS, POST\r\n');
    expect((await send('GET', '/api/v1//nowhere')).status).toBe(404);
    expect((await send('GET', `${PERSONAS_PATH}//`)).status).toBe(404);
  });

  it('ignores further slashes at the start, and a fragment', async () => {
    const send = await setup(dialect);
    expect((await send('GET', '//health')).status).toBe(200);
    const { status, head } = await send('GET', `//${PERSONAS_PATH}/1#x`);
    expect(status).toBe(200);
    expect(head).toContain('access-control-allow-origin: *');
  });
});
