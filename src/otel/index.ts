/**
 * `persona-client/otel`: records a client's calls as OpenTelemetry spans and metrics.
 *
 * Needs the package `@opentelemetry/api`. Your OpenTelemetry SDK decides where spans and metrics go.
 *
 * @module persona-client/otel
 */
import {
  type Attributes,
  context,
  type MeterProvider,
  metrics,
  propagation,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import {
  anyValue,
  assertOptions,
  functionRule,
  methodRule,
  type OptionRules,
} from '../core/assert-options.js';
import { createInstruments } from './instruments.js';
import { type ExchangeScope, type ObservedClient, observe } from './observe.js';
import { createRequestContext, doInstrumentationsMeasure } from './request-context.js';

export type { ObservedClient } from './observe.js';

/** Options of {@link personaTelemetry}. */
export interface PersonaTelemetryOptions {
  /** Creates the spans. @default the global provider */
  readonly tracerProvider?: TracerProvider;
  /** Creates the metrics. @default the global provider, so start your SDK before you call `personaTelemetry` */
  readonly meterProvider?: MeterProvider;
  /**
   * Attributes of every span and every metric, for example a name for each service if you call several. Do not include
   * personal data. @default none
   */
  readonly attributes?: Attributes;
  /**
   * Sends the requests. Tracing is suppressed while this function runs, because the request already has a span. To create your
   * own spans, wrap the `fetch` of the telemetry instead. @default the global `fetch`, looked up for each request
   */
  readonly fetch?: typeof globalThis.fetch;
}

const TELEMETRY_RULES: OptionRules<PersonaTelemetryOptions> = {
  tracerProvider: methodRule('getTracer'),
  meterProvider: methodRule('getMeter'),
  attributes: anyValue,
  fetch: functionRule,
};

/** Telemetry of one or several clients. */
export interface PersonaTelemetry {
  /**
   * Pass this as the client's `fetch` option. It adds the trace context to each request, by default as a `traceparent`
   * header. The spans of the service then join the trace. Instrumentations of `fetch`, `undici` and `node:http` create no
   * second span and no second header.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Records a client and its views. Returns a function that stops the recording and ends open spans. */
  observe(client: ObservedClient): () => void;
}

/**
 * Creates a span for each call, a child span for each HTTP request, and metrics.
 *
 * If an instrumentation of Node measures the requests, the telemetry does not record `http.client.request.duration`.
 *
 * A call's parent is the span that is active when you make the call. Request spans follow the HTTP semantic conventions.
 * Spans and metrics contain no headers, bodies or credentials, and no query values except `page` and `per_page`.
 *
 * @throws {TypeError} for an unknown or invalid option.
 * @example
 * ```ts
 * const telemetry = personaTelemetry();
 * const client = new PersonaClient({ fetch: telemetry.fetch });
 * telemetry.observe(client);
 * ```
 */
export function personaTelemetry(options: PersonaTelemetryOptions = {}): PersonaTelemetry {
  assertOptions('personaTelemetry', options, TELEMETRY_RULES);
  const { tracerProvider = trace, meterProvider = metrics, attributes = {} } = options;
  const requests = new Map<string, ExchangeScope>();
  const telemetry = {
    tracer: tracerProvider.getTracer('persona-client'),
    instruments: createInstruments(meterProvider.getMeter('persona-client')),
    attributes,
    requests,
  };
  const tracedFetch: typeof globalThis.fetch = (input, init) => {
    const { fetch = globalThis.fetch } = options;
    const headers = Object.fromEntries(new Headers(init?.headers));
    const request = requests.get(headers['x-request-id'] ?? String(input));
    if (!request || !trace.isSpanContextValid(request.span.spanContext())) return fetch(input, init);
    propagation.inject(request.context, headers);
    const requestContext = createRequestContext(request.context, () => {
      request.isMeasured = doInstrumentationsMeasure();
    });
    return context.with(requestContext, () => fetch(input, { ...init, headers }));
  };
  return { fetch: tracedFetch, observe: (client) => observe(client, telemetry) };
}
