/** Questions for the site's search, and the pages that answer them. */
import type { Search } from './search.js';

export interface Question {
  readonly query: string;
  /** Titles of pages. One of them must be among the first results. */
  readonly pages: readonly string[];
}

const ask = (query: string, ...pages: readonly string[]): Question => ({ query, pages });

/** Words of the integration guide: headings, names, options, errors. */
export const FROM_THE_GUIDE: readonly Question[] = [
  ask('authentication', 'Authentication'),
  ask('get auth token', 'Authentication'),
  ask('login username password', 'Authentication'),
  ask('token refresh', 'Authentication'),
  ask('environment variables for sensitive credentials', 'Authentication', 'Environment variables'),
  ask('store authentication tokens securely', 'Authentication'),
  ask(
    'use HTTPS for all API communications',
    'Authentication',
    'Migration from the integration guide',
    'Security',
  ),
  ask('error handling', 'Errors'),
  ask('caching', 'Caching'),
  ask('cached expiration seconds', 'Caching'),
  ask('in-memory cache with expiration', 'Caching'),
  ask('connection pooling', 'Performance', 'Retries and timeouts', 'Migration from the integration guide'),
  ask('pool_maxsize', 'Migration from the integration guide'),
  ask('max_retries', 'Retries and timeouts', 'Migration from the integration guide'),
  ask('backoff_factor', 'Retries and timeouts', 'Migration from the integration guide'),
  ask('status_forcelist', 'Retries and timeouts', 'Migration from the integration guide'),
  ask('circuit breaker', 'Circuit breaker'),
  ask('resilience and circuit breaking', 'Circuit breaker'),
  ask('fail_max reset_timeout', 'Circuit breaker', 'Migration from the integration guide'),
  ask('fallback mechanism', 'Circuit breaker', 'Caching'),
  ask(
    'CircuitBreakerError',
    'Circuit breaker',
    'Migration from the integration guide',
    'PersonaCircuitOpenError',
  ),
  ask('Persona service is currently unavailable', 'Circuit breaker', 'Troubleshooting', 'Errors'),
  ask('data protection', 'Data protection'),
  ask('data retention policies', 'Data protection'),
  ask('GDPR', 'Data protection'),
  ask('CCPA', 'Data protection'),
  ask('access controls', 'Data protection'),
  ask('validate all input data', 'Data protection', 'Errors'),
  ask('get_all_personas', 'Migration from the integration guide'),
  ask('get all personas with pagination', 'Pagination'),
  ask('per_page', 'Pagination', 'Migration from the integration guide', 'Methods'),
  ask('Flask application', 'Migration from the integration guide'),
  ask('MCP server', 'AI assistants (MCP)'),
  ask('Claude Desktop', 'AI assistants (MCP)'),
  ask('SocketClientTransport', 'AI assistants (MCP)', 'Migration from the integration guide'),
  ask('port 8123', 'AI assistants (MCP)', 'Migration from the integration guide'),
  ask('list_personas tool', 'AI assistants (MCP)'),
  ask('pip install persona-client', 'Migration from the integration guide', 'Getting started'),
  ask('update psychographic data', 'Getting started', 'Methods', 'Psychographic'),
];

/** Headings of the documentation of other libraries: stripe, openai, octokit, the AWS SDK, supabase, ky, axios. */
export const FROM_OTHER_LIBRARIES: readonly Question[] = [
  ask('pagination', 'Pagination'),
  ask('auto-pagination', 'Pagination'),
  ask('retries', 'Retries and timeouts'),
  ask('network retries', 'Retries and timeouts'),
  ask('timeouts', 'Retries and timeouts'),
  ask('configuring timeout', 'Retries and timeouts'),
  ask('rate limit', 'Retries and timeouts', 'PersonaRateLimitError', 'Errors'),
  ask('handling errors', 'Errors'),
  ask(
    'X-Request-Id',
    'Error classes and codes',
    'Browser and CORS',
    'Errors',
    'Troubleshooting',
    'OpenTelemetry and logging',
  ),
  ask('logging', 'OpenTelemetry and logging'),
  ask('log levels', 'OpenTelemetry and logging', 'Events, log levels and metrics'),
  ask('custom fetch', 'Options', 'ClientOptions'),
  ask('proxy', 'Options of the subpaths', 'PooledTransportOptions', 'Performance'),
  ask('cancellation', 'Errors', 'Retries and timeouts', 'RequestOptions', 'Options'),
  ask('AbortController signal', 'RequestOptions', 'Retries and timeouts', 'Options'),
  ask(
    'idempotency',
    'Errors',
    'PersonaEvents',
    'Retries and timeouts',
    'Rules of retries, circuit breaker, tokens and cache',
  ),
  ask('requirements', 'Runtimes', 'Getting started'),
  ask('mocking in tests', 'Testing'),
  ask('browser usage', 'Browser and CORS'),
  ask('serverless', 'Serverless and edge runtimes'),
];

/** What users of this client ask for. */
const ABOUT_THIS_CLIENT: readonly Question[] = [
  ask('install', 'Getting started'),
  ask('local service', 'Getting started', 'Testing'),
  ask('multiple users', 'Multiple users'),
  ask('OpenTelemetry', 'OpenTelemetry and logging'),
  ask('bulk import', 'Bulk operations and journals', 'Command line'),
  ask('custom fields', 'Custom fields'),
  ask('stale data during an outage', 'Caching'),
  ask('inject faults', 'Testing', 'Options of the subpaths'),
  ask('useQuery', 'TanStack Query'),
  ask('maybeApplied', 'Errors', 'Troubleshooting', 'PersonaError'),
  ask('Redis', 'Shared cache'),
  ask('CORS', 'Browser and CORS'),
  ask('similar personas route', 'Call any route'),
  ask('OpenAPI', 'OpenAPI'),
  ask('priority queue', 'Priorities: interactive calls beside an import'),
  ask('Playwright', 'Browse as a persona'),
];

export const QUESTIONS: readonly Question[] = [
  ...FROM_THE_GUIDE,
  ...FROM_OTHER_LIBRARIES,
  ...ABOUT_THIS_CLIENT,
];

/** Number of results among which an answer must be. */
export const FIRST_RESULTS = 3;

/** Returns a message for each question that the first results do not answer. */
export const findUnanswered = (search: Search): string[] =>
  QUESTIONS.flatMap(({ query, pages }) => {
    const found = search(query).slice(0, FIRST_RESULTS);
    if (found.some(({ page }) => pages.includes(page))) return [];
    const titles = found.map(({ page, title }) => `${page} › ${title}`).join(', ');
    return [`"${query}" should find ${pages.join(' or ')}. Found: ${titles || 'nothing'}`];
  });
