import type { PersonaService } from '../service/index.js';

/** What is needed of msw's `http`. */
export interface MswHttp<Handler> {
  all(path: string, resolver: (info: { readonly request: Request }) => Promise<Response>): Handler;
}

/** Where msw is to answer, and with what. */
export interface MswOptions<Handler> {
  /** `http` of msw: this package brings no copy of it. */
  readonly http: MswHttp<Handler>;
  /** Requests to this address are answered. @default 'http://localhost:5050', as the client's */
  readonly baseUrl?: string;
}

/**
 * The service as request handlers of msw 2 and 3, for code that makes its own client. Faults work as ever: a reset is a network
 * error.
 *
 * @example
 * const service = createPersonaService();
 * const server = setupServer(...toMswHandlers(service, { http }));
 */
export function toMswHandlers<Handler>(
  service: Pick<PersonaService, 'fetch'>,
  { http, baseUrl = 'http://localhost:5050' }: MswOptions<Handler>,
): Handler[] {
  const answer = ({ request }: { readonly request: Request }) =>
    service.fetch(request).catch((error: unknown) => {
      if (error instanceof TypeError) return Response.error(); // a reset, or a service that is closed
      throw error;
    });
  return [http.all(`${baseUrl.replace(/\/+$/, '')}/*`, answer)];
}
