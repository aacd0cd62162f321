import { type Attributes, type Context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

/** Query values that are no one's business but the list's. */
const HARMLESS = new Set(['page', 'per_page']);

/** What the HTTP semantic conventions call an exchange: fit for a metric, and more for a span. */
export function addressOf(
  method: string,
  url: string,
): { readonly metric: Attributes; readonly span: Attributes } {
  const { protocol, hostname, port, pathname, origin, searchParams } = new URL(url);
  const template = pathname.replace(/\/\d+(?=\/|$)/g, '/{id}');
  const metric = {
    'http.request.method': method,
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
    'url.scheme': protocol.slice(0, -1),
    'url.template': template,
  };
  for (const name of searchParams.keys()) if (!HARMLESS.has(name)) searchParams.set(name, 'REDACTED');
  const query = searchParams.size > 0 ? `?${searchParams}` : '';
  return { metric, span: { ...metric, 'url.full': `${origin}${pathname}${query}` } };
}

/** How an exchange ended, by the same conventions. */
export function resultOf(status: number | undefined, error: string | undefined): Attributes {
  const type = error ?? (status !== undefined && status >= 400 ? String(status) : undefined);
  return {
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(type !== undefined && { 'error.type': type }),
  };
}

/** Ends a span, as failed where its attributes name an error. */
export function finish(span: Span, attributes: Attributes): void {
  span.setAttributes(attributes);
  if (attributes['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** A span, and the context in which it is the current one. */
export interface Scope {
  readonly span: Span;
  readonly context: Context;
}

export const scopeOf = (span: Span, parent: Context): Scope => ({
  span,
  context: trace.setSpan(parent, span),
});
