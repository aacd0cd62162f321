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

  app.use((request, _response, next) => {
    decodeURIComponent(request.path); // throws a URIError if the path is malformed
    next();
  });

  // Authorization belongs here, before the routes: `app.use(requireSignIn)`. The client sends its own token, so all visitors act
  // as one user of the service. Check in the route whether the visitor may see this persona.

  app.get('/personas', async (request, response) => {
    const page = parsePositive(request.query.page ?? '1');
    if (page === undefined) return void response.status(400).json({ error: 'invalid page' });
    const { items, total, pages } = await personas.list({ page });
    response.json({ names: items.map(({ id, name }) => ({ id, name })), total, pages });
  });

  app.get('/personas/:id', async (request, response) => {
    const id = parsePositive(request.params.id);
    if (id === undefined) return void response.status(400).json({ error: 'invalid id' });
    const { data, meta } = await withMeta.personas.get(id);
    if (meta.source === 'stale') response.set('Warning', '110 - "Response is Stale"');
    response.json(data);
  });

  app.use((_request, response) => void response.status(404).json({ error: 'no such route' }));

  app.use(((error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const { status, body } = toErrorResponse(error);
    if (status === 500) console.error(error);
    const { retryAfterMs, request } = error as { retryAfterMs?: number; request?: { id: string } };
    if (Number.isFinite(retryAfterMs))
      response.set('Retry-After', String(Math.ceil(Number(retryAfterMs) / 1000)));
    response.status(status).json({ ...body, requestId: request?.id });
  }) satisfies express.ErrorRequestHandler);

  return app;
}

/** Parses an id or a page number. Returns `undefined` for anything else, also for `1e3` and ` 1`, which `Number` accepts. */
const parsePositive = (value: unknown): number | undefined =>
  typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : undefined;

/** Maps an error to a response without internal details. */
function toErrorResponse(error: unknown) {
  if (error instanceof PersonaNotFoundError) return { status: 404, body: { error: 'persona not found' } };
  if (error instanceof PersonaError)
    return error.code === 'invalid_input'
      ? { status: 400, body: { error: error.message } }
      : { status: 503, body: { error: 'personas are temporarily unavailable' } };
  if (error instanceof URIError) return { status: 400, body: { error: 'malformed path' } };
  return { status: 500, body: { error: 'internal error' } };
}
