import { encodeBody, type ServiceRequest, type ServiceResponse } from './http.js';
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

function isNotModified(
  { headers }: ServiceRequest,
  { etag, 'last-modified': lastModified }: Record<string, string>,
): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return ifNoneMatch.split(',').some((candidate) => candidate.trim() === etag);
  const ifModifiedSince = headers['if-modified-since'];
  return (
    ifModifiedSince !== undefined &&
    lastModified !== undefined &&
    Date.parse(ifModifiedSince) >= Date.parse(lastModified)
  );
}

/**
 * Wraps `respond`, and adds a validator to successful responses to `GET` requests under `/api/`.
 *
 * Responds with 304 if the request has the same or a newer validator (RFC 9110, section 13).
 */
export const withConditionalGet =
  (
    validator: HttpValidator,
    respond: (request: ServiceRequest) => Promise<ServiceResponse>,
    now: () => number,
  ) =>
  async (request: ServiceRequest): Promise<ServiceResponse> => {
    const response = await respond(request);
    if (response.status !== 200 || request.method !== 'GET' || !request.path.startsWith('/api/')) {
      return response;
    }
    const headers = await createValidatorHeaders(validator, response, now());
    if (isNotModified(request, headers)) return { status: 304, headers, body: '' };
    return { ...response, headers: { ...response.headers, ...headers } };
  };
