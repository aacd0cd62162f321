import { randomUUID } from 'node:crypto';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import type { PersonaMcpServer } from '../lazy-server.js';
import type { ErrorHandler } from './types.js';

const MAX_SESSIONS = 100;
const IDLE_TIMEOUT_MS = 30 * 60_000;
const SWEEP_INTERVAL_MS = 60_000;

interface McpSession {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly close: () => Promise<void>;
  lastUsedAt: number;
  /** Requests in flight, including open notification streams. */
  activeRequests: number;
}

/**
 * Manages the HTTP sessions of clients of protocol revision 2025-11-25 or earlier.
 *
 * Without a session, the server cannot ask such a client to confirm, and `confirm: 'auto'` would delete without
 * confirmation.
 */
export class SessionManager {
  readonly #sessions = new Map<string, McpSession>();
  readonly #server: PersonaMcpServer;
  readonly #onError: ErrorHandler;
  readonly #sweepTimer: ReturnType<typeof setInterval>;

  constructor(server: PersonaMcpServer, onError: ErrorHandler) {
    this.#server = server;
    this.#onError = onError;
    this.#sweepTimer = setInterval(() => this.#closeIdle(), SWEEP_INTERVAL_MS);
    this.#sweepTimer.unref();
  }

  /**
   * Passes a request to its session, or to a new session if the request has no session id.
   *
   * @param finished Resolves when the response has been sent or the client has disconnected.
   */
  async handle(request: Request, finished: Promise<void>): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    const session = id === null ? await this.#open() : this.#sessions.get(id);
    if (session === undefined) {
      const message = 'The session does not exist or has ended. Initialize a new one.';
      return Response.json({ jsonrpc: '2.0', id: null, error: { code: -32_001, message } }, { status: 404 });
    }
    session.lastUsedAt = Date.now();
    session.activeRequests++;
    void finished.then(() => {
      session.activeRequests--;
      session.lastUsedAt = Date.now();
      const isInitialized = session.transport.sessionId !== undefined;
      if (!isInitialized) void session.close();
    });
    return session.transport.handleRequest(request);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweepTimer);
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
  }

  async #open(): Promise<McpSession> {
    const server = await this.#server({ era: 'legacy' });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        this.#evictIfFull();
        this.#sessions.set(id, session);
      },
      onsessionclosed: () => session.close(),
    });
    const session: McpSession = {
      transport,
      lastUsedAt: Date.now(),
      activeRequests: 0,
      close: async () => {
        if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId);
        await server.close().catch(this.#onError);
      },
    };
    await server.connect(transport);
    return session;
  }

  /** If the maximum is reached, closes the least recently used session, preferring idle ones. */
  #evictIfFull(): void {
    if (this.#sessions.size < MAX_SESSIONS) return;
    const [evicted] = [...this.#sessions.values()].sort(
      (a, b) => Math.sign(a.activeRequests) - Math.sign(b.activeRequests) || a.lastUsedAt - b.lastUsedAt,
    );
    void evicted?.close();
  }

  #closeIdle(): void {
    for (const session of this.#sessions.values())
      if (session.activeRequests === 0 && Date.now() - session.lastUsedAt > IDLE_TIMEOUT_MS)
        void session.close();
  }
}
