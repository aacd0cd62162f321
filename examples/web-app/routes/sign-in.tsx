/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono';
import { type Credentials, type PersonaClient, PersonaError } from 'persona-client';
import type { AppDeps } from '../app.js';
import { describeFailure } from '../failures.js';
import { localPath } from '../local-path.js';
import { page } from '../views/layout.js';
import { SignInPage } from '../views/sign-in.js';

/** Routes that start and end sessions. Each session has its own view of the client. */
export function signInRoutes({ client, sessions }: AppDeps) {
  const routes = new Hono();
  const renderForm = (
    c: Context,
    props: Parameters<typeof SignInPage>[0],
    status: 200 | ReturnType<typeof describeFailure>['status'] = 200,
  ) => page(c, { title: 'Sign in', status }, <SignInPage {...props} />);

  routes.get('/sign-in', (c) => renderForm(c, { next: localPath(c.req.query('next')) }));

  routes.post('/sign-in', async (c) => {
    const body = await c.req.parseBody();
    const [username, password] = [String(body.username ?? ''), String(body.password ?? '')];
    const next = localPath(String(body.next ?? ''));
    try {
      sessions.open(c, { username, view: await createSessionClient({ username, password }) });
      return c.redirect(next, 303);
    } catch (error) {
      if (!(error instanceof PersonaError)) throw error;
      const { title, advice, status } = describeFailure(error);
      return renderForm(c, { next, username, failure: `${title}. ${advice}` }, status);
    }
  });

  routes.post('/sign-out', (c) => {
    sessions.close(c);
    return c.redirect('/sign-in', 303);
  });

  return routes;

  /** Logs in with a new view. The user name becomes its principal, because the service has verified it. */
  async function createSessionClient(credentials: Credentials): Promise<PersonaClient> {
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
