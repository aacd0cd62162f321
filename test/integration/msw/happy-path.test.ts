import { HttpResponse, http } from 'msw';
import { PersonaConnectionError } from 'persona-client';
import { expect, it, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { createTestClient } from '../../support/service.js';
import { ADA, API, BASE, setupMswServer } from './server.js';

const server = setupMswServer();

it('reads a list page by page', async () => {
  server.use(
    http.get(`${API}/personas`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      const [page, perPage] = [Number(query.get('page')), Number(query.get('per_page'))];
      const personas = page <= 2 ? [{ ...ADA, id: page }] : [];
      return HttpResponse.json({ personas, total: 2, page, per_page: perPage });
    }),
  );
  const first = await createTestClient({ baseUrl: BASE }).personas.list({ perPage: 1 });
  const second = await first.nextPage();
  expect([first, second].map((page) => page?.items.map(({ id }) => id))).toEqual([[1], [2]]);
  expect(await second?.nextPage()).toBeUndefined();
});

it('continues with the page size that the service returned', async () => {
  const requestedSizes: (string | null)[] = [];
  server.use(
    http.get(`${API}/personas`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      requestedSizes.push(query.get('per_page'));
      return HttpResponse.json({ personas: [], total: 3, page: Number(query.get('page')), per_page: 2 });
    }),
  );
  const first = await createTestClient({ baseUrl: BASE }).personas.list({ perPage: 500 });
  expect(first).toMatchObject({ perPage: 2, pages: 2 });
  await first.nextPage();
  expect(requestedSizes).toEqual(['500', '2']);
});

it('reads a persona, and adds the UTC zone to its timestamps', async () => {
  server.use(http.get(`${API}/personas/7`, () => HttpResponse.json(ADA)));
  expect(await createTestClient({ baseUrl: `${BASE}/api/v1/` }).personas.get(7)).toEqual({
    ...ADA,
    created_at: '2026-11-22T06:29:29Z',
    updated_at: '2026-11-22T06:29:30.000001Z',
  });
});

it('sends the input of the caller as JSON, with a request id', async () => {
  server.use(
    http.post(`${API}/personas`, async ({ request }) => {
      const body = (await request.json()) as object;
      const { headers } = request;
      if (headers.get('content-type') !== 'application/json') return new HttpResponse(null, { status: 500 });
      return HttpResponse.json({ ...ADA, ...body, request_id: headers.get('x-request-id') }, { status: 201 });
    }),
  );
  const { withMeta } = createTestClient({ baseUrl: BASE });
  const { data, meta } = await withMeta.personas.create({
    name: 'Example User',
    demographic: { geolocation: '51.5, -0.12', city: 'London' },
    psychographic: { interests: ['technology'] },
  });
  expect(data).toMatchObject({
    name: 'Example User',
    demographic: { city: 'London', latitude: 51.5, longitude: -0.12 },
    psychographic: { interests: ['technology'] },
    request_id: meta.requestId,
  });
  expect(meta).toMatchObject({ status: 201, attempts: 1, source: 'network' });
});

it('refreshes the token once after a 401', async () => {
  const sentTokens: (string | null)[] = [];
  server.use(
    http.get(`${API}/personas/7`, ({ request }) => {
      const token = request.headers.get('authorization');
      sentTokens.push(token);
      if (token === 'Bearer new') return HttpResponse.json(ADA);
      return HttpResponse.json({ msg: 'Token has expired' }, { status: 401 });
    }),
    http.post(`${API}/auth/refresh`, ({ request }) => {
      sentTokens.push(request.headers.get('authorization'));
      return HttpResponse.json({ access_token: 'new' });
    }),
  );
  const client = createTestClient({ baseUrl: BASE, auth: { accessToken: 'old', refreshToken: 'refresh' } });
  expect((await client.personas.get(7)).id).toBe(7);
  expect(sentTokens).toEqual(['Bearer old', 'Bearer refresh', 'Bearer new']);
});

it('ignores the body of a delete response', async () => {
  server.use(http.delete(`${API}/personas/7`, () => new HttpResponse(null, { status: 204 })));
  expect(await createTestClient({ baseUrl: BASE }).personas.delete(7)).toBeUndefined();
});

it('fails without a handler, so that no test uses the network unnoticed', async () => {
  const consoleError = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { personas } = createTestClient({ baseUrl: BASE, retry: false });
  await expectRejection(PersonaConnectionError, personas.get(8));
  expect(String(consoleError.mock.calls)).toContain(`${API}/personas/8`);
});
