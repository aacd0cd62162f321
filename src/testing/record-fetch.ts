import { assertOptions, functionRule, type OptionRules } from '../core/assert-options.js';
import { addHeaderSecrets, addRequestSecrets, readRequest, redactRequest } from './recorded-request.js';
import { RecordingError } from './recording-error.js';
import {
  formatExchange,
  formatRecording,
  type RecordedExchange,
  RecordingFile,
  readRecording,
} from './recording-file.js';
import { addBodySecrets, redactBody, redactRecordedBody, unifyPlaceholders } from './redact-body.js';
import { isLoginPath } from './secret-names.js';
import { Secrets } from './secrets.js';

/** Options of {@link recordFetch}. */
export interface RecordFetchOptions {
  /** The file to write. Its folder must exist. */
  readonly file: string | URL;
  /**
   * What to do if the file exists: fail, replace it, or append to its exchanges.
   *
   * @default 'fail'
   */
  readonly existing?: 'fail' | 'replace' | 'append';
  /**
   * Names of additional fields, parameters and headers with secrets, in any case. Their values are replaced wherever they
   * appear. Values with the name of a password, token, cookie, key or other credential are always replaced.
   *
   * @default []
   */
  readonly redact?: readonly string[];
  /**
   * Sends the requests, for example `fetch` of `createPooledTransport`. It must return standard `Response` objects.
   *
   * @default globalThis.fetch
   */
  readonly fetch?: typeof globalThis.fetch;
}

/** Accepts a path or a file URL. */
export const isFile = (value: unknown): boolean =>
  value instanceof URL ? value.protocol === 'file:' : typeof value === 'string' && value !== '';

const RECORD_RULES: OptionRules<RecordFetchOptions> = {
  file: [isFile, 'must be the path of a file'],
  existing: [
    (value: unknown) => value === 'fail' || value === 'replace' || value === 'append',
    "must be 'fail', 'replace' or 'append'",
  ],
  redact: [
    (value: unknown) =>
      Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== ''),
    'must be an array of names',
  ],
  fetch: functionRule,
};

/** The response headers that clients use. Others could contain secrets, or differ in every run. */
const RESPONSE_HEADERS = [
  'allow',
  'cache-control',
  'content-language',
  'content-type',
  'etag',
  'last-modified',
  'link',
  'location',
  'retry-after',
  'vary',
  'www-authenticate',
];

/**
 * Creates a `fetch` that writes each request and its response to a file, without secrets. `replayFetch` returns these responses.
 *
 * The file is complete JSON at all times. It contains an exchange before `fetch` returns the response. Requests without a
 * response are not recorded. Needs a file system: Node.js, Deno or Bun.
 *
 * @throws {TypeError} for an unknown or invalid option.
 * @throws {RecordingError} if the file exists and `existing` does not allow that, or if it cannot be written. A request also
 *   rejects with this error if another program has changed the file.
 * @example
 * ```ts
 * const fetch = recordFetch({ file: 'personas.json', existing: 'replace' });
 * const client = new PersonaClient({ baseUrl: 'https://personas.example.com', fetch });
 * await client.personas.list();
 * ```
 */
export function recordFetch(options: RecordFetchOptions): typeof globalThis.fetch {
  assertOptions('recordFetch', Object(options), RECORD_RULES, 'file');
  const { file, existing = 'fail' } = options;
  const send = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const recorder = createRecorder(file, existing, options.redact ?? []);
  return async (input, init) => {
    const position = recorder.start();
    const request = await readRequest('recordFetch', input as string | URL | Request, init);
    const response = await send(input, init);
    if (typeof response.clone !== 'function')
      throw new TypeError('recordFetch: the option fetch must return standard responses');
    const bytes = new Uint8Array(await response.clone().arrayBuffer());
    recorder.add(position, (secrets) => {
      const isLogin = response.ok && isLoginPath(request.url.pathname);
      addRequestSecrets(request, secrets);
      addHeaderSecrets(response.headers, secrets);
      addBodySecrets(bytes, secrets, isLogin);
      const redactText = (text: string) => secrets.redactText(text);
      const body = redactBody(bytes, { secrets, isLogin, redactText });
      const headers = RESPONSE_HEADERS.flatMap((name) => {
        const value = response.headers.get(name);
        return value === null ? [] : [[name, redactText(value)] as const];
      });
      return {
        request: redactRequest(request, secrets),
        response: { status: response.status, headers: Object.fromEntries(headers), ...body },
      };
    });
    return response;
  };
}

function createRecorder(
  file: string | URL,
  existing: NonNullable<RecordFetchOptions['existing']>,
  names: readonly string[],
) {
  const earlier = existing === 'replace' ? undefined : readRecording('recordFetch', file);
  if (existing === 'fail' && earlier !== undefined)
    throw new RecordingError(
      `recordFetch: ${file} exists. Pass existing: 'replace' to start again, or existing: 'append' to add to it.`,
    );
  const redact = [
    ...new Set([...(earlier?.redact ?? []), ...names].map((name) => name.toLowerCase())),
  ].sort();
  const exchanges = new Map<number, RecordedExchange>((earlier?.exchanges ?? []).entries());
  const secrets = new Secrets(redact, findLastNumber(earlier?.exchanges ?? []));
  const texts = new Map<number, string>();
  const target = new RecordingFile(file);
  let started = exchanges.size;

  const write = () => {
    const positions = [...exchanges.keys()].sort((a, b) => a - b);
    for (const position of positions) {
      const exchange = exchanges.get(position);
      if (exchange && !texts.has(position)) texts.set(position, formatExchange(exchange));
    }
    target.write(
      formatRecording(
        redact,
        positions.map((position) => texts.get(position) ?? ''),
      ),
    );
  };
  write();

  return {
    /** Returns the position of the next request in the file. */
    start: () => started++,
    /** Adds an exchange. If it contains new secrets, also removes them from the earlier exchanges. */
    add: (position: number, redactExchange: (secrets: Secrets) => RecordedExchange) => {
      const { count } = secrets;
      exchanges.set(position, redactExchange(secrets));
      if (secrets.count > count)
        for (const [other, exchange] of exchanges) {
          exchanges.set(other, redactAgain(exchange, secrets));
          texts.delete(other);
        }
      write();
    },
  };
}

/** The highest number of a placeholder, so that an appended secret gets another one. */
const findLastNumber = (exchanges: readonly RecordedExchange[]): number =>
  Math.max(
    0,
    ...[...JSON.stringify(exchanges).matchAll(/redacted-(\d+)/g)].map(([, number]) => Number(number)),
  );

/** Replaces the secrets that were not known when an exchange was recorded. */
function redactAgain({ request, response }: RecordedExchange, secrets: Secrets): RecordedExchange {
  const redactText = (text: string) => secrets.redactText(text);
  const redactRequestText = (text: string) => unifyPlaceholders(redactText(text));
  const redactHeaders = (headers: Readonly<Record<string, string>>, redact: (text: string) => string) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redact(value)]));
  return {
    request: {
      method: request.method,
      path: redactRequestText(request.path),
      ...(request.headers && { headers: redactHeaders(request.headers, redactRequestText) }),
      ...redactRecordedBody(request, secrets, redactRequestText),
    },
    response: {
      ...redactRecordedBody(response, secrets, redactText),
      status: response.status,
      headers: redactHeaders(response.headers, redactText),
    },
  };
}
