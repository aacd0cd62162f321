import type { Meter } from '@opentelemetry/api';

/** In seconds, as the HTTP conventions advise. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const SECONDS = { unit: 's', advice: { explicitBucketBoundaries: BOUNDARIES } };

/** Everything that is counted. The README has the table. */
export const instrumentsOf = (meter: Meter) => ({
  exchanges: meter.createHistogram('http.client.request.duration', {
    ...SECONDS,
    description: 'Duration of HTTP client requests.',
  }),
  calls: meter.createHistogram('persona_client.call.duration', {
    ...SECONDS,
    description: 'Duration of calls, retries and waits included.',
  }),
  retries: meter.createCounter('persona_client.retries', {
    unit: '{retry}',
    description: 'Attempts after the first, by what the one before had met.',
  }),
  cached: meter.createCounter('persona_client.cache.reads', {
    unit: '{read}',
    description: 'Reads by what the cache decided about them.',
  }),
  refused: meter.createCounter('persona_client.circuit.refusals', {
    unit: '{attempt}',
    description: 'Attempts that the circuit did not let through.',
  }),
  circuit: meter.createObservableUpDownCounter('persona_client.circuit.state', {
    unit: '{circuit}',
    description: 'Circuits by state: 1 for the one it is in, 0 for the others.',
  }),
});

export type Instruments = ReturnType<typeof instrumentsOf>;
