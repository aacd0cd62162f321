import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PERSONAS_PATH } from '../../support/personas.js';
import { startServiceWithSender, WHOLE_SECOND } from './helpers.js';

describe('requests', () => {
  it('records requests in order, with the status of the response', async () => {
    const { service, send } = await startServiceWithSender({ now: () => WHOLE_SECOND });
    await send('GET', `${PERSONAS_PATH}?page=2&per_page=1`, undefined, { 'X-Trace': 'abc' });
    await send('POST', PERSONAS_PATH, '{"name":"Zoë"}');
    await service.fetch(`http://x${PERSONAS_PATH}/77`, { method: 'DELETE' });
    expect(service.requests).toMatchObject([
      {
        method: 'GET',
        path: `${PERSONAS_PATH}?page=2&per_page=1`,
        headers: { 'x-trace': 'abc' },
        body: '',
        status: 200,
        receivedAt: WHOLE_SECOND,
      },
      { method: 'POST', path: PERSONAS_PATH, body: '{"name":"Zoë"}', status: 201 },
      { method: 'DELETE', path: `${PERSONAS_PATH}/77`, status: 404 },
    ]);
  });

  it('records requests that a fault applied to, with the status that the client received or null', async () => {
    const { service, send } = await startServiceWithSender();
    service.faults.add({ status: 503, times: 1 });
    service.faults.add({ reset: true, times: 1 });
    await send('GET', '/health');
    await send('GET', '/health').catch(() => {});
    expect(service.requests.map(({ status }) => status)).toEqual([503, null]);
  });

  it('keeps headers as received, but hides secrets when printed', async () => {
    const { service, send } = await startServiceWithSender({ auth: { users: { admin: 'hunter2' } } });
    await send('POST', '/api/v1/auth/login', { username: 'admin', password: 'hunter2' });
    await send('GET', PERSONAS_PATH, undefined, { authorization: 'Bearer secret-token' });
    const [login, get] = service.requests;
    expect(get?.headers.authorization).toBe('Bearer secret-token');
    expect(login?.body).toContain('hunter2');
    for (const printed of [inspect(service.requests, { depth: 9 }), JSON.stringify(service.requests)]) {
      expect(printed).toContain('[hidden]');
      expect(printed).not.toContain('secret-token');
      expect(printed).not.toContain('hunter2');
    }
    expect(inspect(get)).toContain(PERSONAS_PATH);
  });

  it('can be cleared', async () => {
    const { service, send } = await startServiceWithSender();
    await send('GET', '/health');
    service.clearRequests();
    expect(service.requests).toEqual([]);
    await send('GET', '/health');
    expect(service.requests).toHaveLength(1);
  });

  it('keeps the last 10,000 requests', async () => {
    const { service } = await startServiceWithSender();
    for (let index = 0; index < 10_002; index += 1) await service.fetch(`http://x/health?index=${index}`);
    expect(service.requests).toHaveLength(10_000);
    expect(service.requests[0]?.path).toBe('/health?index=2');
    expect(service.requests.at(-1)?.path).toBe('/health?index=10001');
  });
});
