/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono';
import { type Credentials, type PersonaClient, PersonaError } from 'persona-client';
import type { App } from '../app.js';
import { failureOf } from '../failures.js';
import { page } from '../views/layout.js';
import { SignInPage } from '../views/sign-in.js';

/** Sessions begin and end here: each has a view of the one client, as whoever signed in. */
export function signInRoutes({ client, sessions }: App) {
  const routes = new Hono();
  const form = (
    c: Context,
    props: Parameters<typeof SignInPage>[0],
    status: 200 | ReturnType<typeof failureOf>['status'] = 200,
  ) => page(c, { title: 'Sign in', status }, <SignInPage {...props} />);

  routes.get('/sign-in', (c) => form(c, { next: ownPath(c.req.query('next')) }));

  routes.post('/sign-in', async (c) => {
    const given = await c.req.parseBody();
    const [username, password] = [String(given.username ?? ''), String(given.password ?? '')];
    const next = ownPath(String(given.next ?? ''));
    try {
      sessions.open(c, { username, view: await signedIn({ username, password }) });
      return c.redirect(next, 303);
    } catch (error) {
      if (!(error instanceof PersonaError)) throw error;
      const { title, advice, status } = failureOf(error);
      return form(c, { next, username, failure: `${title}. ${advice}` }, status);
    }
  });

  routes.post('/sign-out', (c) => {
    sessions.close(c);
    return c.redirect('/sign-in', 303);
  });

  return routes;

  /** The user's name stands for them from here on, and only here: the service has just vouched for it. */
  async function signedIn(credentials: Credentials): Promise<PersonaClient> {
    const view = client.as(credentials, { principal: credentials.username });
    try {
      await view.auth.login(credentials);
      return view;
    } catch (error) {
      view.close();
      throw error;
    }
  }
}

/** Only paths of this application: a link must not send anybody elsewhere after signing in. */
function ownPath(given = ''): string {
  const here = 'http://here.invalid';
  const { origin, pathname, search } = URL.parse(given, here) ?? { origin: '' };
  return origin === here && given.startsWith('/') ? `${pathname}${search}` : '/personas';
}
