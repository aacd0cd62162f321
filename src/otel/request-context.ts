import { type Context, createContextKey } from '@opentelemetry/api';

/** The key that `suppressTracing` of `@opentelemetry/core` sets. The API creates the same key for the same description. */
const SUPPRESS_TRACING_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * Creates the context in which a request is sent. Instrumentations of HTTP clients then create no span and send no headers of
 * their own, because the request has both.
 *
 * @param onInstrumented called when an instrumentation adds its suppressed span to the context. In Node, the instrumentation also
 * measures the request, because a context cannot suppress metrics.
 */
export function createRequestContext(parent: Context, onInstrumented: () => void): Context {
  const suppressed = parent.setValue(SUPPRESS_TRACING_KEY, true);
  return {
    getValue: (key) => suppressed.getValue(key),
    setValue: (key, value) => {
      onInstrumented();
      return suppressed.setValue(key, value);
    },
    deleteValue: (key) => suppressed.deleteValue(key),
  };
}

/** Whether instrumentations measure requests. Instrumentations of browsers only create spans. */
export const doInstrumentationsMeasure = (): boolean => globalThis.process?.versions?.node !== undefined;
