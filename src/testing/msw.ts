import { assertOptions, methodRule, type OptionRules } from '../core/assert-options.js';
import { toClientBasePath } from '../service/base-path.js';
import type { PersonaService } from '../service/index.js';

/** The method of msw's `http` that {@link toMswHandlers} uses. */
export interface MswHttp<Handler> {
  /** Creates a handler for all methods of a path. */
  all(path: RegExp, resolver: (info: { readonly request: Request }) => Promise<Response>): Handler;
}

/** Options of {@link toMswHandlers}. */
export interface MswOptions<Handler> {
  /** `http` of msw. This package does not include msw. */
  readonly http: MswHttp<Handler>;
  /** Base URL of the requests to intercept, as you pass it to the client. @default 'http://localhost:5050' */
  readonly baseUrl?: string;
}

const isBaseUrl = (value: string): boolean => URL.canParse(value) && /^\s*https?:/i.test(value);

const MSW_RULES: OptionRules<MswOptions<unknown>> = {
  http: methodRule('all'),
  baseUrl: [isBaseUrl, 'must be an absolute URL such as http://localhost:5050'],
};

/** Matches the URLs below a base URL. In a string, msw would read `(`, `:`, `*` and `?` as a pattern. */
function createPattern(baseUrl: string): RegExp {
  const { origin, pathname } = new URL(baseUrl);
  const base = origin + toClientBasePath(pathname);
  return new RegExp(`^${base.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}/`);
}

/**
 * Creates msw request handlers (msw 2 and 3) that call a service. Use them to test code that creates its own client.
 *
 * Faults of the service still apply. A reset and an aborted call become network errors.
 *
 * @throws {TypeError} for an unknown or invalid option, and without a service or `http`.
 * @example
 * const service = createPersonaService();
 * const server = setupServer(...toMswHandlers(service, { http })); // `http` and `setupServer` are from msw
 */
export function toMswHandlers<Handler>(
  service: Pick<PersonaService, 'fetch'>,
  options: MswOptions<Handler>,
): Handler[] {
  if (typeof service?.fetch !== 'function')
    throw new TypeError('toMswHandlers: the service must have the method fetch');
  assertOptions('toMswHandlers', Object(options), MSW_RULES, 'http');
  const { http, baseUrl = 'http://localhost:5050' } = options;
  const resolver = ({ request }: { readonly request: Request }) =>
    service.fetch(request).catch((error: unknown) => {
      if (request.signal.aborted || error instanceof TypeError) return Response.error(); // a reset, or a closed service
      throw error;
    });
  return [http.all(createPattern(baseUrl), resolver)];
}
