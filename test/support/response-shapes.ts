import { Readable } from 'node:stream';

/** Creates the members of a response that all shapes below select from. */
function createMembers(response: Response) {
  const { status, ok, headers } = response;
  return {
    base: { status, ok },
    headers,
    plainHeaders: Object.fromEntries([...headers].map(([name, value]) => [titleCase(name), value])),
    text: () => response.text(),
    arrayBuffer: () => response.arrayBuffer(),
    json: () => response.json(),
    readText: async () => Buffer.from(await response.arrayBuffer()).toString(),
  };
}

const titleCase = (name: string) => name.replace(/\b\w/g, (letter) => letter.toUpperCase());

type Members = ReturnType<typeof createMembers>;

const emptyOr = async (readText: Members['readText'], toBody: (text: string) => unknown): Promise<unknown> =>
  toBody(await readText());

/** What `fetch` functions other than the platform's return, made from a response of the platform. */
const SHAPES: Readonly<Record<string, (members: Members) => object | Promise<object>>> = {
  'React Native: no body': ({ base, headers, text, arrayBuffer, json }) => ({
    ...base,
    headers,
    body: undefined,
    bodyUsed: false,
    text,
    json,
    arrayBuffer,
  }),
  'React Native whose arrayBuffer is not implemented': ({ base, headers, text, json }) => ({
    ...base,
    headers,
    text,
    json,
    arrayBuffer: () => Promise.reject(new Error('FileReader.readAsArrayBuffer is not implemented')),
  }),
  'node-fetch 2: the body is a Node stream': async ({ base, headers, text, json, readText }) => ({
    ...base,
    headers,
    text,
    json,
    body: await emptyOr(readText, (body) =>
      Readable.from([...Buffer.from(body)].map((byte) => Buffer.of(byte))),
    ),
  }),
  'a Node stream of texts, and nothing else': async ({ base, headers, readText }) => ({
    ...base,
    headers,
    body: await emptyOr(readText, (body) => Readable.from([body.slice(0, 9), body.slice(9)])),
  }),
  'a null body with methods': ({ base, headers, text }) => ({ ...base, headers, body: null, text }),
  'a mock with text': ({ base, headers, text }) => ({ ...base, headers, text }),
  'a mock with json': ({ base, headers, json }) => ({ ...base, headers, json }),
  'a mock with arrayBuffer': ({ base, headers, arrayBuffer }) => ({ ...base, headers, arrayBuffer }),
  'a mock with a Buffer as arrayBuffer': ({ base, headers, readText }) => ({
    ...base,
    headers,
    arrayBuffer: async () => Buffer.from(await readText()),
  }),
  'a mock with a byte order mark': ({ base, headers, readText }) => ({
    ...base,
    headers,
    text: async () => `\ufeff${await readText()}`,
  }),
  'headers in an object': ({ base, plainHeaders, text }) => ({ ...base, headers: plainHeaders, text }),
  'headers in a Map': ({ base, plainHeaders, text }) => ({
    ...base,
    headers: new Map(Object.entries(plainHeaders)),
    text,
  }),
  'methods that use this': (members) => new MockResponse(members),
};

class MockResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly #members: Members;
  constructor(members: Members) {
    this.#members = members;
    this.status = members.base.status;
    this.headers = members.headers;
  }
  text(): Promise<string> {
    return this.#members.text();
  }
}

export const SHAPE_NAMES = Object.keys(SHAPES);

/** Wraps a `fetch` so that it returns responses of another shape. */
export const reshape =
  (fetch: typeof globalThis.fetch, shape: string): typeof globalThis.fetch =>
  async (...request) =>
    (await SHAPES[shape]?.(createMembers(await fetch(...request)))) as Response;
