import { PersonaClient, PersonaNotFoundError, PersonaValidationError } from 'persona-client';

/** One client per process. All requests share its cache, circuit breaker, and tokens. */
const client = PersonaClient.fromEnv();

interface Context {
  readonly params: Promise<{ id: string }>;
}

/** `GET /api/personas/1`. Aborts when the browser disconnects. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  try {
    const persona = await client.personas.get(Number((await params).id), { signal: request.signal });
    return Response.json(persona);
  } catch (error) {
    return toErrorResponse(error);
  }
}

/** `PATCH /api/personas/1` with the fields to update. */
export async function PATCH(request: Request, { params }: Context): Promise<Response> {
  try {
    const persona = await client.personas.update(Number((await params).id), await request.json());
    return Response.json(persona);
  } catch (error) {
    return toErrorResponse(error);
  }
}

function toErrorResponse(error: unknown): Response {
  if (error instanceof PersonaNotFoundError)
    return Response.json({ error: 'persona not found' }, { status: 404 });
  if (error instanceof PersonaValidationError)
    return Response.json({ issues: error.issues }, { status: 400 });
  if (error instanceof SyntaxError) return Response.json({ error: 'invalid JSON' }, { status: 400 });
  console.error(error);
  return Response.json({ error: 'personas are temporarily unavailable' }, { status: 503 });
}
