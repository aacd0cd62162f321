import { client } from '../../../clients';
import { parseId } from '../../../parse-id';
import { toErrorResponse } from '../../error-response';

interface Context {
  readonly params: Promise<{ id: string }>;
}

/*
 * Authorization belongs in each handler, before it calls the client: may this visitor read or change this persona? The client
 * sends its own token, so all visitors act as one user of the service. Middleware alone is not enough: a matcher can miss a path.
 */

/** `GET /api/personas/1`. Aborts when the browser disconnects. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  const id = parseId((await params).id);
  if (id === undefined) return invalidId();
  try {
    return Response.json(await client.personas.get(id, { signal: request.signal }));
  } catch (error) {
    return toErrorResponse(error);
  }
}

/** `PATCH /api/personas/1` with the fields to update. */
export async function PATCH(request: Request, { params }: Context): Promise<Response> {
  const id = parseId((await params).id);
  if (id === undefined) return invalidId();
  try {
    return Response.json(await client.personas.update(id, await request.json()));
  } catch (error) {
    return toErrorResponse(error);
  }
}

const invalidId = () => Response.json({ error: 'invalid id' }, { status: 400 });
