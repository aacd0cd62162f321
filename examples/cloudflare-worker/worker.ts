import { PersonaClient, PersonaError, PersonaNotFoundError } from 'persona-client';

interface Env {
  /** URL of the service. */
  readonly PERSONA_API_URL: string;
  /** Token of the service, as a secret of the worker. Without it, the client sends no token. */
  readonly PERSONA_API_TOKEN?: string;
}

interface Context {
  /** Keeps the request until the promise settles, for at most 30 seconds. */
  waitUntil(promise: Promise<unknown>): void;
}

/** One client per isolate. It is created on the first request, because only requests have the environment. */
let client: PersonaClient | undefined;

export default {
  async fetch(request: Request, env: Env, ctx: Context): Promise<Response> {
    client ??= PersonaClient.fromEnv({}, { ...env });
    // Authorization belongs here. The client sends its own token, so all visitors act as one user of the service.
    const { pathname } = new URL(request.url);
    if (!isDecodable(pathname)) return Response.json({ error: 'malformed path' }, { status: 400 });
    const [, folder, segment, ...rest] = pathname.split('/');
    if (folder !== 'personas' || segment === undefined || rest.length > 0)
      return Response.json({ error: 'no such route', example: '/personas/1' }, { status: 404 });
    if (request.method !== 'GET')
      return Response.json({ error: 'only GET' }, { status: 405, headers: { allow: 'GET' } });
    if (!/^[1-9]\d{0,14}$/.test(segment)) return Response.json({ error: 'invalid id' }, { status: 400 });
    const reading = client.withMeta.personas.get(Number(segment));
    // If the visitor leaves, the response of the service still reaches the cache, and visitors who wait for the same read.
    ctx.waitUntil(reading.catch(() => {}));
    try {
      const { data, meta } = await reading;
      return Response.json(data, { headers: { 'x-source': meta.source } });
    } catch (error) {
      if (error instanceof PersonaNotFoundError)
        return Response.json({ error: 'persona not found' }, { status: 404 });
      if (error instanceof PersonaError) return Response.json({ error: error.code }, { status: 503 });
      throw error;
    }
  },
};

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
