import type { PersonaIssue } from '../../core/errors/index.js';
import type { AnyRequest, SharedCode } from './types.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const PROPERTIES = ['method', 'path', 'query', 'body', 'schema', 'cacheTags', 'invalidates'];
const MAX_TAGS = 20;
const MAX_TAG_LENGTH = 200;

const MAX_REPORTED = 20;

/** Returns what is wrong with a request. */
export function checkRequest(
  request: { readonly [Name in keyof AnyRequest]: unknown },
  schema: unknown,
  { copyPlainData, unknownNameMessage }: SharedCode,
): PersonaIssue[] {
  const { method = 'GET', path, query, body, cacheTags, invalidates } = request;
  const issues: PersonaIssue[] = [];
  const add = (name: string, message: string | undefined) => {
    if (message !== undefined) issues.push({ path: [name], message });
  };
  copyPlainData(request, (valuePath, problem) => {
    const issue = { path: valuePath.map(String), message: `cannot be sent: ${problem}` };
    return issues.push(issue) < MAX_REPORTED;
  });
  for (const name of Object.keys(request))
    if (!PROPERTIES.includes(name)) add(name, unknownNameMessage(name, PROPERTIES));
  if (!METHODS.includes(method as string)) add('method', `must be one of ${METHODS.join(', ')}`);
  add('path', findPathProblem(path));
  issues.push(...checkQuery(query));
  const isRead = method === 'GET' || method === 'HEAD';
  if (isRead && body !== undefined) add('body', `cannot be sent with ${method}`);
  if (schema !== undefined && !isStandardSchema(schema))
    add('schema', 'must be a Standard Schema, such as a schema of zod, Valibot or ArkType');
  for (const [name, tags, isUsable] of [
    ['cacheTags', cacheTags, isRead],
    ['invalidates', invalidates, !isRead],
  ] as const) {
    if (tags === undefined) continue;
    if (!isUsable) add(name, isRead ? 'needs a method that writes' : 'needs the method GET or HEAD');
    if (!isTagList(tags))
      add(name, `must be a list of at most ${MAX_TAGS} strings of 1 to ${MAX_TAG_LENGTH} characters`);
  }
  return issues;
}

function checkQuery(query: unknown): PersonaIssue[] {
  if (query === undefined) return [];
  if (typeof query !== 'object' || query === null || Array.isArray(query))
    return [{ path: ['query'], message: 'must be an object of query parameters' }];
  const isValue = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  return Object.entries(query)
    .filter(([, value]) => !(Array.isArray(value) ? value.every(isValue) : isValue(value)))
    .map(([name]) => ({
      path: ['query', name],
      message: 'must be a string, a number, a boolean, or a list of these',
    }));
}

const isTagList = (tags: unknown): boolean =>
  Array.isArray(tags) &&
  tags.length <= MAX_TAGS &&
  tags.every((tag) => typeof tag === 'string' && tag.length > 0 && tag.length <= MAX_TAG_LENGTH);

function isStandardSchema(schema: unknown): boolean {
  try {
    return typeof Object(Object(schema)['~standard']).validate === 'function';
  } catch {
    return false;
  }
}

/** Decodes a path until that changes nothing, and refuses a path that needs more steps than this. No proxy decodes that often. */
const MAX_DECODINGS = 10;
/** Control characters, line separators, backslashes and empty segments. Some servers read a host after an empty segment. */
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\\]|\/\//u;
/** A segment `.` or `..`, which servers resolve. Some servers first remove its parameters, as in `..;x`. */
const DOT_SEGMENT = /\/\.{1,2}(?:[/;]|$)/;
const INVALID_ESCAPE = 'has an invalid percent sign. Use encodeURIComponent for values';

/** Returns why the path could leave the API, or `undefined` if it is a path of the API. */
function findPathProblem(path: unknown): string | undefined {
  if (typeof path !== 'string' || !path.startsWith('/'))
    return 'must be a path below /api/v1 that starts with /, such as /personas/7/similar';
  if (/[?#]/.test(path))
    return 'must have no query and no fragment. Use the property `query`, and encode values with encodeURIComponent';
  if (/%(?![0-9a-f]{2})/i.test(path)) return INVALID_ESCAPE;
  let text = path;
  for (let count = 0; count < MAX_DECODINGS; count++) {
    // Some servers replace characters with similar ones, such as the fullwidth full stop.
    const forms = [text, text.normalize('NFKC')];
    if (forms.some((form) => FORBIDDEN.test(form)))
      return 'must have no backslash, no control character and no empty segment, not even encoded';
    if (forms.some((form) => DOT_SEGMENT.test(form))) return 'must have no segment . or .., not even encoded';
    const decoded = decode(text);
    if (decoded === text) return undefined;
    if (decoded === undefined) return INVALID_ESCAPE;
    text = decoded;
  }
  return 'is encoded too many times';
}

/** Decodes all escapes once. Returns `undefined` if their bytes are not UTF-8, which servers decode in different ways. */
function decode(text: string): string | undefined {
  try {
    return text
      .replace(/(?:%[89a-f][0-9a-f])+/gi, (bytes) => decodeURIComponent(bytes))
      .replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  } catch {
    return undefined;
  }
}

/** Returns the segments of a valid path, completely decoded. Removes their parameters, as some servers do. */
export function decodeSegments(path: string): string[] {
  let text = path;
  for (let next = decode(path); next !== undefined && next !== text; next = decode(text)) text = next;
  const names = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/;[^/]*/g, '');
  return names
    .split('/')
    .map((name) => name.trim())
    .filter(Boolean);
}
