import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { PersonaClient } from 'persona-client';

const COOKIE = 'session';
const LIFETIME_MS = 8 * 60 * 60 * 1000;
const MOST = 1_000;

/** Somebody who has signed in, and the client as which all their requests are made. */
export interface Session {
  readonly username: string;
  readonly view: PersonaClient;
}

interface Entry {
  readonly session: Session;
  readonly endsAt: number;
}

/** Who is signed in. In memory: it ends with the program, as the cache does. */
export class Sessions {
  readonly #entries = new Map<string, Entry>();

  /** Always under a new id, so that nobody can be given one beforehand. */
  open(c: Context, session: Session): void {
    this.close(c);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size >= MOST && !oldest.done) this.#end(oldest.value);
    const id = randomBytes(32).toString('base64url');
    this.#entries.set(id, { session, endsAt: Date.now() + LIFETIME_MS });
    setCookie(c, COOKIE, id, {
      httpOnly: true,
      sameSite: 'Lax',
      secure: new URL(c.req.url).protocol === 'https:',
      path: '/',
      maxAge: LIFETIME_MS / 1000,
    });
  }

  of(c: Context): Session | undefined {
    const id = getCookie(c, COOKIE);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined) return undefined;
    if (entry.endsAt > Date.now()) return entry.session;
    this.#end(id);
    return undefined;
  }

  close(c: Context): void {
    const id = getCookie(c, COOKIE);
    if (id === undefined) return;
    deleteCookie(c, COOKIE, { path: '/' });
    this.#end(id);
  }

  /** Nobody waits for the service to hear of it: here they are signed out at once. */
  #end(id: string): void {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    entry?.session.view.auth
      .logout()
      .catch(() => {})
      .finally(() => entry.session.view.close());
  }
}
