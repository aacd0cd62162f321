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
    const [, id] = /^\/personas\/(\d+)$/.exec(new URL(request.url).pathname) ?? [];
    if (id === undefined) return new Response('Use a path such as /personas/1\n', { status: 404 });
    const reading = client.withMeta.personas.get(Number(id));
    // If the visitor leaves, the response of the service still reaches the cache, and visitors who wait for the same read.
    ctx.waitUntil(reading.catch(() => {}));
    try {
      const { data, meta } = await reading;
      return Response.json(data, { headers: { 'x-source': meta.source } });
    } catch (error) {
      if (error instanceof PersonaNotFoundError) return new Response(null, { status: 404 });
      if (error instanceof PersonaError) return Response.json({ error: error.code }, { status: 503 });
      throw error;
    }
  },
};
