import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../support/service.js';

describe.each(DIALECTS)('If-Match, %s', (dialect) => {
  const setup = () => {
    const { fetch } = createPersonaService({ dialect, validators: 'etag' });
    const send = (method: string, headers: Record<string, string> = {}, id = 1) =>
      fetch(`http://localhost/api/v1/personas/${id}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(method === 'PUT' && {
          body: JSON.stringify({ name: `Renamed ${JSON.stringify(headers)}`.slice(0, 90) }),
        }),
      });
    const readTag = async () => (await send('GET')).headers.get('etag') ?? '';
    return { send, readTag };
  };

  it('lets a write with the current tag through, and rejects an older one with 412', async () => {
    const { send, readTag } = setup();
    const tag = await readTag();
    expect((await send('PUT', { 'if-match': `"other", ${tag}` })).status).toBe(200);
    const rejected = await send('PUT', { 'if-match': tag });
    expect([rejected.status, rejected.headers.get('content-type')]).toEqual([
      412,
      'text/html; charset=utf-8',
    ]);
    expect((await send('DELETE', { 'if-match': tag })).status).toBe(412);
    expect((await send('DELETE', { 'if-match': await readTag() })).status).toBe(200);
  });

  it('compares strongly: a weak tag never matches, and * matches any persona', async () => {
    const { send, readTag } = setup();
    expect((await send('PUT', { 'if-match': `W/${await readTag()}` })).status).toBe(412);
    expect((await send('PUT', { 'if-match': '*' })).status).toBe(200);
    expect((await send('PUT', { 'if-match': '"x"' }, 999)).status).toBe(404);
  });

  it('compares weakly for reads', async () => {
    const { send, readTag } = setup();
    expect((await send('GET', { 'if-none-match': `W/${await readTag()}` })).status).toBe(304);
    expect((await send('GET', { 'if-none-match': '*' })).status).toBe(304);
    expect((await send('GET', { 'if-none-match': '"x"' })).status).toBe(200);
  });

  it('lets one of many writes with the same tag through', async () => {
    const { send, readTag } = setup();
    const tag = await readTag();
    const responses = await Promise.all(Array.from({ length: 10 }, () => send('PUT', { 'if-match': tag })));
    expect(responses.filter(({ status }) => status === 200).length).toBe(1);
    expect(responses.filter(({ status }) => status === 412).length).toBe(9);
  });
});
