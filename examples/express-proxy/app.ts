import express, { type Express } from 'express';
import { type PersonaClientLike, PersonaError, PersonaNotFoundError } from 'persona-client';

/**
 * Creates a server that provides personas to your pages, without exposing the service or its token.
 *
 *   GET /personas?page=1     a page of names
 *   GET /personas/1          a persona. During an outage the response is stale and has a Warning header.
 */
export function createApp({ personas, withMeta }: Pick<PersonaClientLike, 'personas' | 'withMeta'>): Express {
  const app = express();

  app.get('/personas', async (request, response) => {
    const { items, total, pages } = await personas.list({ page: Number(request.query.page ?? 1) });
    response.json({ names: items.map(({ id, name }) => ({ id, name })), total, pages });
  });

  app.get('/personas/:id', async (request, response) => {
    const { data, meta } = await withMeta.personas.get(Number(request.params.id));
    if (meta.source === 'stale') response.set('Warning', '110 - "Response is Stale"');
    response.json(data);
  });

  app.use(((error, _request, response, next) => {
    if (!(error instanceof PersonaError)) return next(error);
    const { status, body } = toErrorResponse(error);
    if ('retryAfterMs' in error && Number.isFinite(error.retryAfterMs))
      response.set('Retry-After', String(Math.ceil(Number(error.retryAfterMs) / 1000)));
    response.status(status).json({ ...body, requestId: error.request?.id });
  }) satisfies express.ErrorRequestHandler);

  return app;
}

/** Maps an error to a response without internal details. */
function toErrorResponse(error: PersonaError) {
  if (error instanceof PersonaNotFoundError) return { status: 404, body: { error: 'persona not found' } };
  if (error.code === 'invalid_input') return { status: 400, body: { error: error.message } };
  return { status: 503, body: { error: 'personas are temporarily unavailable' } };
}
