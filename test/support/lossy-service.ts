import { createPersonaService, type PersonaServiceOptions } from 'persona-client/testing';
import { onTestFinished } from 'vitest';

/** What happens to a create: whether the service stores the persona, and what the client receives. */
export type CreateOutcome = 'ok' | 'stored, 500' | 'stored, cut' | '500' | 'cut';

export interface LossyServiceOptions extends PersonaServiceOptions {
  /** Chooses the outcome of the next create. @default `ok` */
  readonly nextOutcome?: (name: string) => CreateOutcome | undefined;
  /** Whether the lists omit this persona. `total` counts it anyway. @default none */
  readonly isHidden?: (persona: StoredPersona) => boolean;
  /** Whether the next list fails with 503. @default never */
  readonly failsNextList?: () => boolean;
}

export interface StoredPersona {
  readonly id: number;
  readonly name: string;
  readonly demographic?: { readonly city?: string } | null;
  readonly behavioral?: object | null;
}

/** Creates a service that loses responses and hides rows, as deployed services do. Its `fetch` opens no socket. */
export function createLossyService({
  nextOutcome,
  isHidden,
  failsNextList,
  ...options
}: LossyServiceOptions = {}) {
  const service = createPersonaService({ seed: false, ...options });
  onTestFinished(() => service.close());
  const state = { nextOutcome, isHidden, failsNextList };
  const counts = { creates: 0, lists: 0 };
  const forward = service.fetch as typeof globalThis.fetch;
  const fail = (status: number) =>
    Response.json({ message: 'Failed', status_code: status, error: 'x' }, { status });
  const cut = () =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) });

  const create: typeof globalThis.fetch = async (url, init) => {
    counts.creates++;
    const body = init?.body as string | Uint8Array<ArrayBuffer>;
    const outcome = state.nextOutcome?.((JSON.parse(await new Response(body).text()) as StoredPersona).name);
    if (outcome === '500') return fail(500);
    if (outcome === 'cut') throw cut();
    const response = await forward(url, init);
    if (outcome === 'stored, 500') return fail(500);
    if (outcome === 'stored, cut') throw cut();
    return response;
  };

  const list: typeof globalThis.fetch = async (url, init) => {
    counts.lists++;
    if (state.failsNextList?.()) return fail(503);
    const response = await forward(url, init);
    if (!response.ok) return response;
    const page = (await response.json()) as { personas: StoredPersona[] };
    return Response.json({
      ...page,
      personas: page.personas.filter((persona) => !state.isHidden?.(persona)),
    });
  };

  return {
    service,
    /** What the service does from now on. */
    state,
    counts,
    fetch: ((url, init) => {
      const isCollection = new URL(String(url)).pathname === '/api/v1/personas';
      if (isCollection && init?.method === 'POST') return create(url, init);
      return isCollection ? list(url, init) : forward(url, init);
    }) satisfies typeof globalThis.fetch,
    /** Returns all stored personas, the oldest first. Of those that the service itself hides, only the demographic is known. */
    stored: async (): Promise<StoredPersona[]> => {
      const get = async (path: string) => {
        const response = await forward(`http://service/api/v1/personas${path}`);
        return response.ok ? ((await response.json()) as unknown) : undefined;
      };
      const personas = new Map<number, StoredPersona>();
      let total = 0;
      for (let page = 1; page === 1 || (page - 1) * 100 < total; page++) {
        const list = (await get(`?page=${page}&per_page=100`)) as {
          personas: StoredPersona[];
          total: number;
        };
        total = list.total;
        for (const persona of list.personas) personas.set(persona.id, persona);
      }
      for (let id = 1; personas.size < total; id++) {
        if (personas.has(id)) continue;
        const demographic = (await get(`/${id}/demographic`)) as StoredPersona['demographic'];
        if (demographic) personas.set(id, { id, name: '', demographic });
      }
      return [...personas.values()].sort((a, b) => a.id - b.id);
    },
  };
}
