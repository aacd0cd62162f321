import { HttpResponse, http } from 'msw';
import { PersonaConnectionError } from 'persona-client';
import { expect, it, vi } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { clientOf } from '../../support/service.js';
import { ADA, API, BASE, mocked } from './server.js';

const server = mocked();

it('reads a list, page after page', async () => {
  server.use(
    http.get(`${API}/personas`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      const [page, perPage] = [Number(query.get('page')), Number(query.get('per_page'))];
      const personas = [{ ...ADA, id: page }];
      return HttpResponse.json({ personas, total: 2, page, per_page: perPage });
    }),
  );
  const first = await clientOf({ baseUrl: BASE }).personas.list({ perPage: 1 });
  const second = await first.nextPage();
  expect([first, second].map((page) => page?.items.map(({ id }) => id))).toEqual([[1], [2]]);
  expect(await second?.nextPage()).toBeUndefined();
});

it('goes on with the rows per page that the service meant', async () => {
  const asked: (string | null)[] = [];
  server.use(
    http.get(`${API}/personas`, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query.get('per_page'));
      return HttpResponse.json({ personas: [], total: 3, page: Number(query.get('page')), per_page: 2 });
    }),
  );
  const first = await clientOf({ baseUrl: BASE }).personas.list({ perPage: 500 });
  expect(first).toMatchObject({ perPage: 2, pages: 2 });
  await first.nextPage();
  expect(asked).toEqual(['500', '2']);
});

it('reads, and gives the times their zone', async () => {
  server.use(http.get(`${API}/personas/7`, () => HttpResponse.json(ADA)));
  expect(await clientOf({ baseUrl: `${BASE}/api/v1/` }).personas.get(7)).toEqual({
    ...ADA,
    created_at: '2026-11-22T06:29:29Z',
    updated_at: '2026-11-22T06:29:30.000001Z',
  });
});

it('writes what the caller gave, as JSON, under one request id', async () => {
  server.use(
    http.post(`${API}/personas`, async ({ request }) => {
      const body = (await request.json()) as object;
      const { headers } = request;
      if (headers.get('content-type') !== 'application/json') return new HttpResponse(null, { status: 500 });
      return HttpResponse.json({ ...ADA, ...body, request_id: headers.get('x-request-id') }, { status: 201 });
    }),
  );
  const { withMeta } = clientOf({ baseUrl: BASE });
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

it('sends the token, and replaces it once when it is refused', async () => {
  const seen: (string | null)[] = [];
  server.use(
    http.get(`${API}/personas/7`, ({ request }) => {
      const token = request.headers.get('authorization');
      seen.push(token);
      if (token === 'Bearer new') return HttpResponse.json(ADA);
      return HttpResponse.json({ msg: 'Token has expired' }, { status: 401 });
    }),
    http.post(`${API}/auth/refresh`, ({ request }) => {
      seen.push(request.headers.get('authorization'));
      return HttpResponse.json({ access_token: 'new' });
    }),
  );
  const client = clientOf({ baseUrl: BASE, auth: { accessToken: 'old', refreshToken: 'lasting' } });
  expect((await client.personas.get(7)).id).toBe(7);
  expect(seen).toEqual(['Bearer old', 'Bearer lasting', 'Bearer new']);
});

it('deletes on any body', async () => {
  server.use(http.delete(`${API}/personas/7`, () => new HttpResponse(null, { status: 204 })));
  expect(await clientOf({ baseUrl: BASE }).personas.delete(7)).toBeUndefined();
});

it('fails where no handler was written, so that no test goes to the network unseen', async () => {
  const complaint = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { personas } = clientOf({ baseUrl: BASE, retry: false });
  await failureOf(PersonaConnectionError, personas.get(8));
  expect(String(complaint.mock.calls)).toContain(`${API}/personas/8`);
});
