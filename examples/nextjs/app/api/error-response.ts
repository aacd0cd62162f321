import { PersonaNotFoundError, PersonaValidationError } from 'persona-client';

/** Maps an error to a response without internal details. */
export function toErrorResponse(error: unknown): Response {
  if (error instanceof PersonaNotFoundError)
    return Response.json({ error: 'persona not found' }, { status: 404 });
  if (error instanceof PersonaValidationError)
    return Response.json({ issues: error.issues }, { status: 400 });
  if (error instanceof SyntaxError) return Response.json({ error: 'invalid JSON' }, { status: 400 });
  console.error(error);
  return Response.json({ error: 'personas are temporarily unavailable' }, { status: 503 });
}
