import { createAnswerer } from './core.js';
import { attributes } from './dialects/attributes/index.js';
import { subresource } from './dialects/subresource/index.js';
import type { Dialect, DialectRules } from './dialects/types.js';
import type { Received } from './exchange.js';
import { createFaults, type Faults } from './faults.js';
import { BUILT_IN_FIELD_CONFIG, type FieldConfig } from './field-config.js';
import { type Listening, listenOn } from './node-server.js';
import type { ListenOptions, PersonaServiceOptions } from './options.js';
import { createRecorder, type RecordedRequest } from './recorder.js';
import { createRouter } from './router.js';
import { routesOf } from './routes.js';
import { openStore } from './store/open.js';
import { systemNow } from './timestamps.js';
import { createTokens } from './tokens.js';
import { withValidators } from './validators.js';
import { createFetch } from './web.js';

/** A complete Persona Service, in process or on a socket. */
export interface PersonaService {
  readonly dialect: Dialect;
  /**
   * The service without a socket: give it to a client as its `fetch`. Only the path of the URL counts, not the
   * origin.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** The last 10,000 requests in the order of their arrival, those that met a fault included. */
  readonly requests: readonly RecordedRequest[];
  clearRequests(): void;
  /** What goes wrong from now on. */
  readonly faults: Faults;
  /** Serves over node:http. The store is open and seeded when this resolves. */
  listen(options?: ListenOptions): Promise<Listening>;
  /** Stops every listener, ends every connection and timer, closes the store. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

function rulesOf(dialect: Dialect, fieldConfig: FieldConfig): DialectRules {
  switch (dialect) {
    case 'subresource':
      return subresource;
    case 'attributes':
      return attributes(fieldConfig);
    default:
      throw new TypeError(`There is no dialect ${dialect}: choose 'subresource' or 'attributes'`);
  }
}

/**
 * Creates a Persona Service that does what real ones do on the wire, in either dialect.
 *
 * @example
 * await using service = createPersonaService({ dialect: 'attributes' });
 * const { url } = await service.listen({ port: 0 });
 * const page = await (await fetch(`${url}/api/v1/personas`)).json();
 */
export function createPersonaService(options: PersonaServiceOptions = {}): PersonaService {
  const { dialect = 'subresource', auth = false, cors = { origins: [] }, now = systemNow } = options;
  const { fieldConfig = BUILT_IN_FIELD_CONFIG, latencyMs = 0, validators } = options;
  const rules = rulesOf(dialect, fieldConfig);
  const tokens = auth === false ? undefined : createTokens(auth, now);
  const recorder = createRecorder();
  const faults = createFaults(tokens?.expire);
  const closing = new AbortController();
  const listeners = new Set<Listening>();

  async function open() {
    const { store, close } = await openStore(options, now);
    return { route: createRouter(routesOf({ rules, store, fieldConfig, tokens }), rules, tokens), close };
  }
  let opened: ReturnType<typeof open> | undefined;
  const opening = () => {
    opened ??= open();
    return opened;
  };

  const plain = async (received: Received) => (await opening()).route(received);
  const handle = validators === undefined ? plain : withValidators(validators, plain, now);
  const answer = createAnswerer({ recorder, faults, handle, cors, latencyMs, now });

  async function close(): Promise<void> {
    closing.abort(new TypeError('fetch failed: the Persona Service is closed'));
    await Promise.all([...listeners].map((listening) => listening.close()));
    listeners.clear();
    const store = await opened?.catch(() => undefined);
    opened = undefined;
    await store?.close();
  }

  return {
    dialect,
    fetch: createFetch(answer, closing.signal),
    requests: recorder.requests,
    clearRequests: recorder.clear,
    faults,
    listen: async (where = {}) => {
      closing.signal.throwIfAborted();
      await opening();
      const listening = await listenOn(answer, where);
      listeners.add(listening);
      return listening;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
