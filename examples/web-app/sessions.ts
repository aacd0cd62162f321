import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { PersonaClient } from 'persona-client';
import { isHttps } from './origin.js';

const COOKIE = 'session';
const LIFETIME_MS = 8 * 60 * 60 * 1000;
const MAX_SESSIONS = 1_000;

/** A signed-in user, and the client view that sends their requests. */
export interface Session {
  readonly username: string;
  readonly view: PersonaClient;
}

interface Entry {
  readonly session: Session;
  readonly expiresAt: number;
}

/** Sessions in memory. They end with the process. */
export class Sessions {
  readonly #entries = new Map<string, Entry>();
  readonly #publicOrigins: readonly string[];

  /** @param publicOrigins the origins that browsers use, see `createApp`. */
  constructor(publicOrigins: readonly string[]) {
    this.#publicOrigins = publicOrigins;
  }

  /** Starts a session. Always creates a new id, which prevents session fixation. */
  open(c: Context, session: Session): void {
    this.close(c);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size >= MAX_SESSIONS && !oldest.done) this.#end(oldest.value);
    const id = randomBytes(32).toString('base64url');
    this.#entries.set(id, { session, expiresAt: Date.now() + LIFETIME_MS });
    setCookie(c, COOKIE, id, {
      httpOnly: true,
      sameSite: 'Lax',
      secure: isHttps(c, this.#publicOrigins),
      path: '/',
      maxAge: LIFETIME_MS / 1000,
    });
  }

  get(c: Context): Session | undefined {
    const id = getCookie(c, COOKIE);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined) return undefined;
    if (entry.expiresAt > Date.now()) return entry.session;
    this.#end(id);
    return undefined;
  }

  close(c: Context): void {
    const id = getCookie(c, COOKIE);
    if (id === undefined) return;
    deleteCookie(c, COOKIE, { path: '/' });
    this.#end(id);
  }

  /** Ends the session immediately. The logout request runs in the background. */
  #end(id: string): void {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    entry?.session.view.auth
      .logout()
      .catch(() => {})
      .finally(() => entry.session.view.close());
  }
}
