import { withCors } from './cors.js';
import type { Answer, Answerer, Received } from './exchange.js';
import { type FaultQueue, outcomeOf } from './faults.js';
import type { CorsOptions } from './options.js';
import type { Recorder } from './recorder.js';
import { pause } from './signals.js';

interface Parts {
  readonly recorder: Recorder;
  readonly faults: FaultQueue;
  readonly handle: (received: Received) => Promise<Answer>;
  readonly cors: CorsOptions;
  readonly latencyMs: number;
  readonly now: () => number;
}

/** A request's whole path: record -> wait -> fault -> handler -> CORS. */
export function createAnswerer({ recorder, faults, handle, cors, latencyMs, now }: Parts): Answerer {
  return async (received) => {
    const answered = recorder.record(received, now());
    const fault = faults.take(received);
    await pause(latencyMs + (fault?.delayMs ?? 0), received.signal);
    const outcome = await outcomeOf(fault, () => handle(received));
    if (outcome.kind === 'reset') return outcome;
    answered(outcome.answer.status);
    return { ...outcome, answer: withCors(outcome.answer, received, cors) };
  };
}
