import type { Received } from './exchange.js';

/** How many requests are remembered; the oldest are forgotten first. */
const MAX_REQUESTS = 10_000;

const HIDDEN = '[hidden]';

/**
 * One request as the service received it. Printed or put into JSON it hides the Authorization header and the
 * bodies of `/auth/*`; the properties themselves hold everything.
 */
export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** As received, with lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** As text; empty without a body, and for one that was too large. */
  readonly body: string;
  /** The status answered; `null` while there is none, and when the connection was cut without one. */
  readonly status: number | null;
  /** When it arrived, in milliseconds since the Unix epoch. */
  readonly at: number;
}

class Entry implements RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly at: number;
  status: number | null = null;

  constructor({ method, path, query, headers, body }: Received, at: number) {
    this.method = method;
    this.path = query === '' ? path : `${path}?${query}`;
    this.headers = headers;
    this.body = body.text;
    this.at = at;
  }

  toJSON(): RecordedRequest {
    const { headers, body, ...others } = this;
    const secret = body !== '' && this.path.includes('/auth/');
    return {
      ...others,
      headers: 'authorization' in headers ? { ...headers, authorization: HIDDEN } : headers,
      body: secret ? HIDDEN : body,
    };
  }

  /** What Node prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): RecordedRequest {
    return this.toJSON();
  }
}

export interface Recorder {
  readonly requests: readonly RecordedRequest[];
  /** Writes a request down; call what it returns with the status once that is known. */
  record(received: Received, at: number): (status: number) => void;
  clear(): void;
}

export function createRecorder(): Recorder {
  const requests: Entry[] = [];
  return {
    requests,
    record: (received, at) => {
      const entry = new Entry(received, at);
      requests.push(entry);
      if (requests.length > MAX_REQUESTS) requests.shift();
      return (status) => {
        entry.status = status;
      };
    },
    clear: () => {
      requests.length = 0;
    },
  };
}
