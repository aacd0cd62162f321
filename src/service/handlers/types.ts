import type { Answer } from '../exchange.js';
import type { Claims } from '../tokens.js';

/** One request as a handler sees it. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed body; throws when it is not JSON, which both services answer with 500. */
  json(): unknown;
  /** What the verified token says; absent where no token is asked for. */
  readonly claims?: Claims;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;
