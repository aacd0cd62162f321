/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono';
import { type Credentials, type PersonaClient, PersonaError } from 'persona-client';
import type { AppDeps, SessionEnv } from '../app.js';
import { type FormBody, readForm } from '../body.js';
import { describeFailure } from '../failures.js';
import { localPath } from '../local-path.js';
import { page } from '../views/layout.js';
import { KEPT, SignInPage } from '../views/sign-in.js';
import { restoreForm } from './edit.js';

/** Routes that start and end sessions. Each session has its own view of the client. */
export function signInRoutes({ client, sessions }: AppDeps) {
  const routes = new Hono<SessionEnv>();
  const renderForm = (
    c: Context,
    props: Parameters<typeof SignInPage>[0],
    status: 200 | ReturnType<typeof describeFailure>['status'] = 200,
  ) => page(c, { title: 'Sign in', status }, <SignInPage {...props} />);

  routes.get('/sign-in', (c) => renderForm(c, { next: localPath(c.req.query('next')) }));

  routes.post('/sign-in', async (c) => {
    const { username = '', password, ...form } = await readForm(c);
    if (password === undefined && c.req.query('next') !== undefined) {
      // The body is another form. The browser sends it here because the session has ended.
      return renderForm(c, { next: localPath(c.req.query('next')), keptForm: form });
    }
    const next = localPath(form.next);
    const keptForm = readKeptForm(form);
    try {
      const session = { username, view: await createSessionClient({ username, password: password ?? '' }) };
      sessions.open(c, session);
      c.set('session', session);
      const hasText = Object.keys(keptForm).length > 0;
      const restored = hasText ? await restoreForm(c, next, keptForm) : undefined;
      return restored ?? c.redirect(next, 303);
    } catch (error) {
      if (!(error instanceof PersonaError)) throw error;
      const { title, advice, status } = describeFailure(error);
      return renderForm(c, { next, username, keptForm, failure: `${title}. ${advice}` }, status);
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

/** Reads the inputs of the form that the sign-in page keeps. */
const readKeptForm = (form: FormBody): FormBody =>
  Object.fromEntries(
    Object.entries(form).flatMap(([name, text]) =>
      name.startsWith(KEPT) ? [[name.slice(KEPT.length), text] as const] : [],
    ),
  );
