import { PersonaClient, PersonaError, PersonaNotFoundError } from 'persona-client';

interface Env {
  /** Where the service is. */
  readonly PERSONA_API_URL: string;
  /** A secret of the worker; without it, calls are made without a token. */
  readonly PERSONA_API_TOKEN?: string;
}

/** One client per isolate, made with the first request, since only requests bring the environment. */
let client: PersonaClient | undefined;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    client ??= PersonaClient.fromEnv({}, { ...env });
    const [, id] = /^\/personas\/(\d+)$/.exec(new URL(request.url).pathname) ?? [];
    if (id === undefined) return new Response('There is /personas/1 and so on.\n', { status: 404 });
    try {
      const { data, meta } = await client.withMeta.personas.get(Number(id));
      return Response.json(data, { headers: { 'x-source': meta.source } });
    } catch (error) {
      if (error instanceof PersonaNotFoundError) return new Response(null, { status: 404 });
      if (error instanceof PersonaError) return Response.json({ error: error.code }, { status: 503 });
      throw error;
    }
  },
};
