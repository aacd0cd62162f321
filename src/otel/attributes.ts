import { type Attributes, type Context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

/** Query parameters whose values are not personal data. All others are redacted. */
const SAFE_PARAMETERS = new Set(['page', 'per_page']);

/** Attributes of a request. Metrics need low cardinality, so they omit the full URL. */
interface RequestAttributes {
  readonly metricAttributes: Attributes;
  readonly spanAttributes: Attributes;
}

/** Builds the attributes of a request according to the HTTP semantic conventions. */
export function buildRequestAttributes(method: string, url: string): RequestAttributes {
  const { protocol, hostname, port, pathname, origin, searchParams } = new URL(url);
  const metricAttributes = {
    'http.request.method': method,
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
    'url.scheme': protocol.slice(0, -1),
    'url.template': pathname.replace(/\/\d+(?=\/|$)/g, '/{id}'),
  };
  for (const name of searchParams.keys()) if (!SAFE_PARAMETERS.has(name)) searchParams.set(name, 'REDACTED');
  const query = searchParams.size > 0 ? `?${searchParams}` : '';
  return {
    metricAttributes,
    spanAttributes: { ...metricAttributes, 'url.full': `${origin}${pathname}${query}` },
  };
}

/** Builds the attributes of a response or a failed request according to the HTTP semantic conventions. */
export function buildResponseAttributes(status: number | undefined, error: string | undefined): Attributes {
  const errorType = error ?? (status !== undefined && status >= 400 ? String(status) : undefined);
  return {
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(errorType !== undefined && { 'error.type': errorType }),
  };
}

/** Ends a span. The span has failed if the attributes contain `error.type`. */
export function endSpan(span: Span, attributes: Attributes): void {
  span.setAttributes(attributes);
  if (attributes['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** A span, and the context in which it is active. */
export interface SpanScope {
  readonly span: Span;
  readonly context: Context;
}

export const createSpanScope = (span: Span, parent: Context): SpanScope => ({
  span,
  context: trace.setSpan(parent, span),
});
