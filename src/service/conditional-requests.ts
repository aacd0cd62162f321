import { encodeBody, htmlErrorPage, type ServiceRequest, type ServiceResponse } from './http.js';
import { parsePythonJson } from './json/parse.js';

/** The HTTP validator header that the service adds to responses of reads. */
export type HttpValidator = 'etag' | 'last-modified';

async function createValidatorHeaders(
  validator: HttpValidator,
  { body }: ServiceResponse,
  nowMs: number,
): Promise<Record<string, string>> {
  if (validator === 'etag') {
    const bytes = new Uint8Array(encodeBody(body));
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).slice(0, 16);
    return { etag: `"${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}"` };
  }
  const { updated_at: updatedAt } = parsePythonJson(String(body)) as { updated_at?: string };
  // Only a single persona has `updated_at`. A list gets no header, because a deletion changes no timestamp in the list.
  if (updatedAt === undefined) return {};
  return { 'last-modified': new Date(`${updatedAt}Z`).toUTCString(), date: new Date(nowMs).toUTCString() };
}

/** Whether a list of entity tags contains the tag, or is `*`. */
const includesTag = (list: string, tag: string | undefined): boolean =>
  list.trim() === '*' || list.split(',').some((candidate) => candidate.trim() === tag);

function isNotModified(
  { headers }: ServiceRequest,
  { etag, 'last-modified': lastModified }: Record<string, string>,
): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return includesTag(ifNoneMatch.replaceAll('W/', ''), etag); // weak comparison
  const ifModifiedSince = headers['if-modified-since'];
  return (
    ifModifiedSince !== undefined &&
    lastModified !== undefined &&
    Date.parse(ifModifiedSince) >= Date.parse(lastModified)
  );
}

type Respond = (request: ServiceRequest) => Promise<ServiceResponse>;

/**
 * Wraps `respond`, and adds a validator to successful responses to `GET` requests under `/api/`.
 *
 * Responds with 304 if the request has the same or a newer validator (RFC 9110, section 13). With `etag`, also responds with 412 to a
 * write whose `If-Match` is not the tag of the stored data.
 */
export function withConditions(validator: HttpValidator, respond: Respond, now: () => number): Respond {
  const read: Respond = async (request) => {
    const response = await respond(request);
    if (response.status !== 200 || request.method !== 'GET' || !request.path.startsWith('/api/'))
      return response;
    const headers = await createValidatorHeaders(validator, response, now());
    if (isNotModified(request, headers)) return { status: 304, headers, body: '' };
    return { ...response, headers: { ...response.headers, ...headers } };
  };
  if (validator !== 'etag') return read;
  let lastWrite: Promise<unknown> = Promise.resolve();
  return (request) => {
    if (!WRITE_METHODS.includes(request.method)) return read(request);
    // One write at a time, so that nothing changes between the check and the write.
    const response = lastWrite.then(() => writeIfMatching(request, respond, now));
    lastWrite = response.catch(() => {});
    return response;
  };
}

const WRITE_METHODS: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

async function writeIfMatching(
  request: ServiceRequest,
  respond: Respond,
  now: () => number,
): Promise<ServiceResponse> {
  const { 'if-match': ifMatch, ...headers } = request.headers;
  if (ifMatch !== undefined && request.path.startsWith('/api/')) {
    const current = await respond({ ...request, method: 'GET', headers });
    // Without stored data, the write itself responds with the reason, such as 401 or 404.
    if (current.status === 200) {
      const { etag } = await createValidatorHeaders('etag', current, now());
      // The comparison is strong, so a weak tag never matches.
      if (!includesTag(ifMatch, etag)) return htmlErrorPage(412, 'Precondition Failed', FAILED_CONDITION);
    }
  }
  return respond(request);
}

const FAILED_CONDITION = 'The precondition on the request for the URL failed positive evaluation.';
