import type { Meter } from '@opentelemetry/api';

/** The bucket boundaries of the HTTP semantic conventions, in seconds. */
const BOUNDARIES_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const DURATION_OPTIONS = { unit: 's', advice: { explicitBucketBoundaries: BOUNDARIES_SECONDS } };

/** Creates the metric instruments. The reference lists them. */
export const createInstruments = (meter: Meter) => ({
  requestDuration: meter.createHistogram('http.client.request.duration', {
    ...DURATION_OPTIONS,
    description: 'Duration of HTTP client requests.',
  }),
  callDuration: meter.createHistogram('persona_client.call.duration', {
    ...DURATION_OPTIONS,
    description: 'Duration of calls, including retries and delays.',
  }),
  retries: meter.createCounter('persona_client.retries', {
    unit: '{retry}',
    description: 'Retries by the error of the previous attempt.',
  }),
  cacheReads: meter.createCounter('persona_client.cache.reads', {
    unit: '{read}',
    description: 'Reads by cache outcome.',
  }),
  circuitRejections: meter.createCounter('persona_client.circuit_breaker.rejections', {
    unit: '{attempt}',
    description: 'Attempts that the circuit breaker rejected.',
  }),
  circuitState: meter.createObservableUpDownCounter('persona_client.circuit_breaker.state', {
    unit: '{circuit_breaker}',
    description: 'Circuit breakers by state: 1 for the current state, 0 for the others.',
  }),
});

export type Instruments = ReturnType<typeof createInstruments>;
