import { PersonaClient, PersonaNotFoundError, PersonaValidationError } from 'persona-client';

/** One client per process: its cache, its circuit and its tokens serve all requests. */
const client = PersonaClient.fromEnv();

interface Context {
  readonly params: Promise<{ id: string }>;
}

/** `GET /api/personas/1`. It ends with the browser's request. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  try {
    const persona = await client.personas.get(Number((await params).id), { signal: request.signal });
    return Response.json(persona);
  } catch (error) {
    return refusal(error);
  }
}

/** `PATCH /api/personas/1` with the fields to change. */
export async function PATCH(request: Request, { params }: Context): Promise<Response> {
  try {
    const persona = await client.personas.update(Number((await params).id), await request.json());
    return Response.json(persona);
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): Response {
  if (error instanceof PersonaNotFoundError)
    return Response.json({ error: 'no such persona' }, { status: 404 });
  if (error instanceof PersonaValidationError)
    return Response.json({ issues: error.issues }, { status: 400 });
  if (error instanceof SyntaxError) return Response.json({ error: 'not JSON' }, { status: 400 });
  console.error(error);
  return Response.json({ error: 'personas are unavailable just now' }, { status: 503 });
}
