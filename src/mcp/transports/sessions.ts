import { randomUUID } from 'node:crypto';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import type { PersonaMcpServer } from '../server.js';
import type { Report } from './types.js';

const MOST_SESSIONS = 100;
const IDLE_MS = 30 * 60_000;

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly close: () => Promise<void>;
  lastUsed: number;
  /** Exchanges under way, a stream of notices among them. */
  open: number;
}

/**
 * The sessions of 2025 clients over HTTP. Without a session a server cannot ask its client anything, and a deletion
 * would go through unasked.
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #server: PersonaMcpServer;
  readonly #report: Report;
  readonly #sweep: ReturnType<typeof setInterval>;

  constructor(server: PersonaMcpServer, report: Report) {
    this.#server = server;
    this.#report = report;
    this.#sweep = setInterval(() => this.#closeIdle(), 60_000);
    this.#sweep.unref();
  }

  /** @param finished settles when the answer has been sent or the client has gone. */
  async handle(request: Request, finished: Promise<void>): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    const session = id === null ? await this.#open() : this.#sessions.get(id);
    if (session === undefined)
      return Response.json(
        {
          jsonrpc: '2.0',
          id: null,
          error: { code: -32_001, message: 'This session has ended. Initialize a new one.' },
        },
        { status: 404 },
      );
    session.lastUsed = Date.now();
    session.open++;
    void finished.then(() => {
      session.open--;
      session.lastUsed = Date.now();
      if (session.transport.sessionId === undefined) void session.close(); // It never was initialized.
    });
    return session.transport.handleRequest(request);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
  }

  async #open(): Promise<Session> {
    const server = await this.#server({ era: 'legacy' });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        this.#makeRoom();
        this.#sessions.set(id, session);
      },
      onsessionclosed: () => session.close(),
    });
    const session: Session = {
      transport,
      lastUsed: Date.now(),
      open: 0,
      close: async () => {
        if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId);
        await server.close().catch(this.#report);
      },
    };
    await server.connect(transport);
    return session;
  }

  /** The session idle for longest goes; one in use only when all are. */
  #makeRoom(): void {
    if (this.#sessions.size < MOST_SESSIONS) return;
    const [oldest] = [...this.#sessions.values()].sort(
      (a, b) => Math.sign(a.open) - Math.sign(b.open) || a.lastUsed - b.lastUsed,
    );
    void oldest?.close();
  }

  #closeIdle(): void {
    for (const session of this.#sessions.values())
      if (session.open === 0 && Date.now() - session.lastUsed > IDLE_MS) void session.close();
  }
}
