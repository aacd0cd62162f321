import { describeRequest, findNearest, toRequestKey } from './compare-requests.js';
import { isFile } from './record-fetch.js';
import {
  addRequestSecrets,
  type PlainRequest,
  type RequestRecord,
  readRequest,
  redactRequest,
} from './recorded-request.js';
import { RecordingError } from './recording-error.js';
import { type RecordedExchange, type ResponseRecord, readRecording } from './recording-file.js';
import { toBytes } from './redact-body.js';
import { Secrets } from './secrets.js';

/** A `fetch` that returns recorded responses. */
export interface ReplayFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Lists the recorded requests that were not sent yet, such as `GET /api/v1/personas/1`. Empty if the test sent all. */
  unusedRequests(): string[];
}

/** Statuses of responses without a body. */
const EMPTY_STATUSES: readonly number[] = [204, 205, 304];

/**
 * Creates a `fetch` that returns the responses in a file of `recordFetch`, and sends nothing.
 *
 * A request must have the same method, path, query and body as a recorded one, and the same headers of conditional requests.
 * The origin, all other headers, and the order of parameters and fields do not matter. Equal requests get their responses in
 * recorded order, each once. Needs a file system: Node.js, Deno or Bun.
 *
 * @param file path or URL of the file.
 * @throws {TypeError} if `file` is neither.
 * @throws {RecordingError} if the file does not exist or is not a recording. A request also rejects with this error if the
 * recording has no response to it. The message names the nearest recorded request, and the differences.
 * @example
 * ```ts
 * const client = new PersonaClient({ fetch: replayFetch('personas.json') });
 * await client.personas.list();
 * ```
 */
export function replayFetch(file: string | URL): ReplayFetch {
  if (!isFile(file)) throw new TypeError('replayFetch: file must be the path of a file');
  const recording = readRecording('replayFetch', file);
  if (recording === undefined)
    throw new RecordingError(`replayFetch: ${file} does not exist. Record it with recordFetch.`);
  const { exchanges, redact } = recording;
  const queues = new Map<string, Queue>();
  for (const exchange of exchanges) {
    const key = toRequestKey(exchange.request);
    const queue = queues.get(key) ?? { exchanges: [], used: 0 };
    queue.exchanges.push(exchange);
    queues.set(key, queue);
  }
  const secrets = new Secrets(redact);
  const secretNames = new Secrets(redact);

  /** First redacts secrets only by their names, because a short password of a test can also be an ordinary word. */
  const find = (sent: PlainRequest): readonly [RequestRecord, Queue | undefined] => {
    addRequestSecrets(sent, secrets);
    const request = redactRequest(sent, secretNames);
    const requestWithoutValues = redactRequest(sent, secrets);
    const queue = queues.get(toRequestKey(request));
    return queue ? [request, queue] : [requestWithoutValues, queues.get(toRequestKey(requestWithoutValues))];
  };

  const replay = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const sent = await readRequest('replayFetch', input, init);
    init?.signal?.throwIfAborted();
    const [request, queue] = find(sent);
    const exchange = queue?.exchanges[queue.used];
    if (queue !== undefined && exchange !== undefined) {
      queue.used++;
      return createResponse(request.method, exchange.response);
    }
    const failure = `replayFetch: ${file} has no response to ${describeRequest(request)}`;
    if (queue !== undefined)
      throw new RecordingError(
        `${failure}. The request was recorded ${queue.used} times, and is now sent once more. Record it again.`,
      );
    const found = findNearest(
      request,
      exchanges.map((recorded) => recorded.request),
    );
    if (found === undefined) throw new RecordingError(`${failure}. The recording is empty.`);
    throw new RecordingError(
      `${failure}. The nearest recorded request is ${describeRequest(found.nearest)}: ${found.text}. Record it again if the request is right.`,
    );
  };
  return Object.assign(replay, {
    unusedRequests: () =>
      [...queues.values()].flatMap(({ exchanges: recorded, used }) =>
        recorded.slice(used).map(({ request }) => describeRequest(request)),
      ),
  });
}

/** The exchanges of equal requests, and how many of them were replayed. */
interface Queue {
  readonly exchanges: RecordedExchange[];
  used: number;
}

function createResponse(method: string, { status, headers, ...body }: ResponseRecord): Response {
  const hasBody = method !== 'HEAD' && !EMPTY_STATUSES.includes(status);
  return new Response(hasBody ? toBytes(body) : null, { status, headers: { ...headers } });
}
