/**
 * `persona-client/otel`: OpenTelemetry spans and metrics of a client's calls. Needs `@opentelemetry/api` beside this package; where
 * spans and metrics go is up to the SDK that you set up.
 *
 * @module persona-client/otel
 */
import {
  type Attributes,
  type Context,
  context,
  type MeterProvider,
  metrics,
  propagation,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { instrumentsOf } from './instruments.js';
import { type ObservedClient, observe } from './observe.js';

export type { ObservedClient } from './observe.js';

/** Where spans and metrics go, and what stands on them. */
export interface PersonaTelemetryOptions {
  /** @default the global one */
  readonly tracerProvider?: TracerProvider;
  /** @default the global one, as it is when the telemetry is made: start your SDK before */
  readonly meterProvider?: MeterProvider;
  /** On every span and every metric: which service this is, where there are several. Nothing personal, please. */
  readonly attributes?: Attributes;
  /** What sends. @default the global `fetch`, looked up per request */
  readonly fetch?: typeof globalThis.fetch;
}

/** The telemetry of one client, or of several. */
export interface PersonaTelemetry {
  /**
   * For the client's `fetch` option: sends each attempt with a `traceparent` of its own, or whatever the global propagator
   * writes. Without it there are spans and metrics, but the service's spans are not part of the trace.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Spans and metrics of this client and its views, until what it answers is called. */
  observe(client: ObservedClient): () => void;
}

/**
 * A span for each call, below it one for each exchange by the HTTP semantic conventions, and metrics. The parent of a call
 * is what is current where it is made. No header, body or credential is in any of them, and of query values only those of
 * the list.
 *
 * @example
 * ```ts
 * const telemetry = personaTelemetry();
 * const client = new PersonaClient({ fetch: telemetry.fetch });
 * telemetry.observe(client);
 * ```
 */
export function personaTelemetry(options: PersonaTelemetryOptions = {}): PersonaTelemetry {
  const { tracerProvider = trace, meterProvider = metrics, attributes = {} } = options;
  const parts = {
    tracer: tracerProvider.getTracer('persona-client'),
    instruments: instrumentsOf(meterProvider.getMeter('persona-client')),
    attributes,
    sending: new Map<string, Context>(),
  };
  const send: typeof globalThis.fetch = (input, init) => {
    const { fetch = globalThis.fetch } = options;
    const headers = Object.fromEntries(new Headers(init?.headers));
    const exchange = parts.sending.get(headers['x-request-id'] ?? '');
    if (!exchange) return fetch(input, init);
    propagation.inject(exchange, headers);
    return context.with(exchange, () => fetch(input, { ...init, headers }));
  };
  return { fetch: send, observe: (client) => observe(client, parts) };
}
