import { client } from '../../clients';
import { toErrorResponse } from '../error-response';

export const runtime = 'edge';

/** `POST /api/personas` with a persona, on the Edge Runtime. */
export async function POST(request: Request): Promise<Response> {
  // Authorization belongs here. The client sends its own token, so all visitors act as one user of the service.
  try {
    return Response.json(await client.personas.create(await request.json()), { status: 201 });
  } catch (error) {
    return toErrorResponse(error);
  }
}
