import type { ServiceRequest } from './http.js';

/** Limit of recorded requests. Above the limit, the recorder discards the oldest request. */
const MAX_REQUESTS = 10_000;

/** Limit of a recorded body, in UTF-16 code units. Larger bodies would fill the memory. */
const MAX_BODY_LENGTH = 1024 * 1024;

const REDACTED = '[hidden]';

/**
 * A request that the service received.
 *
 * The properties contain all data, including secrets.
 * `console.log` and `JSON.stringify` hide the Authorization header and the bodies of `/auth/*`.
 */
export interface RecordedRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Headers as received. Names are lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text. Empty if there is no body, or if the body has more than 1,048,576 characters. */
  readonly body: string;
  /** The response status. `null` while the request is pending, or if the connection ended without a response. */
  readonly status: number | null;
  /** When the request arrived, in milliseconds since the Unix epoch. */
  readonly receivedAt: number;
}

class RecordedEntry implements RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly receivedAt: number;
  status: number | null = null;

  constructor({ method, path, query, headers, body }: ServiceRequest, receivedAt: number) {
    this.method = method;
    this.path = query === '' ? path : `${path}?${query}`;
    this.headers = headers;
    this.body = body.text.length > MAX_BODY_LENGTH ? '' : body.text;
    this.receivedAt = receivedAt;
  }

  toJSON(): RecordedRequest {
    const { headers, body, ...others } = this;
    const hasSecretBody = body !== '' && this.path.includes('/auth/');
    return {
      ...others,
      headers: 'authorization' in headers ? { ...headers, authorization: REDACTED } : headers,
      body: hasSecretBody ? REDACTED : body,
    };
  }

  /** Node.js calls this method for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](): RecordedRequest {
    return this.toJSON();
  }
}

/** Records the latest requests of a service. */
export interface Recorder {
  readonly requests: readonly RecordedRequest[];
  /** Records a request. Returns a function that records the status of its response. */
  record(request: ServiceRequest, receivedAt: number): (status: number) => void;
  clear(): void;
}

export function createRecorder(): Recorder {
  const requests: RecordedEntry[] = [];
  return {
    requests,
    record: (request, receivedAt) => {
      const entry = new RecordedEntry(request, receivedAt);
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
