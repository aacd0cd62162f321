/** @jsxImportSource hono/jsx */
import { readFileSync } from 'node:fs';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import {
  PersonaAuthenticationError,
  type PersonaClient,
  PersonaError,
  PersonaValidationError,
} from 'persona-client';
import { MAX_BODY_BYTES, MAX_FORM_BYTES } from './body.js';
import { describeFailure, type Failure, isOutage } from './failures.js';
import { localPath } from './local-path.js';
import { createOriginCheck } from './origin.js';
import { apiRoutes } from './routes/api.js';
import { editRoutes } from './routes/edit.js';
import { personaRoutes } from './routes/personas.js';
import { signInRoutes } from './routes/sign-in.js';
import { type Session, Sessions } from './sessions.js';
import { FailurePage } from './views/failure.js';
import { page } from './views/layout.js';

/** What the sign-in routes need. */
export interface AppDeps {
  readonly client: PersonaClient;
  readonly sessions: Sessions;
}

/** The Hono environment of routes that require a session. */
export interface SessionEnv {
  Variables: { session: Session };
}

const readAsset = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

interface AppOptions {
  /** The origins that browsers use, if a proxy in front of the application changes the Host header. */
  readonly publicOrigins?: readonly string[];
}

/** Creates the application. All sessions share one client, and each session has its own view. */
export function createApp(client: PersonaClient, { publicOrigins = [] }: AppOptions = {}): Hono<SessionEnv> {
  const sessions = new Sessions(publicOrigins);
  const app = new Hono<SessionEnv>();
  const isApi = (c: Context) => c.req.path.startsWith('/api/');

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      xFrameOptions: 'DENY',
      referrerPolicy: 'same-origin', // otherwise browsers omit the Origin header that csrf() checks
      strictTransportSecurity: false, // set by the proxy that terminates TLS
    }),
    csrf({ origin: createOriginCheck(publicOrigins) }),
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => renderFailure(c, TOO_LARGE, 'body_too_large') }),
  );

  const assets = { '/style.css': 'text/css', '/icon.svg': 'image/svg+xml' };
  for (const [path, type] of Object.entries(assets)) {
    const text = readAsset(`.${path}`);
    app.get(path, (c) => c.body(text, 200, { 'content-type': type, 'cache-control': 'public, max-age=300' }));
  }

  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store'); // pages contain data of one user
  });
  app.route('/', signInRoutes({ client, sessions }));

  app.use(async (c, next) => {
    const session = sessions.get(c);
    if (!session) return requireSignIn(c);
    c.set('session', session);
    await next();
  });
  app.get('/', (c) => c.redirect('/personas'));
  app.route('/', editRoutes);
  app.route('/', personaRoutes);
  app.route('/api', apiRoutes);

  app.notFound((c) => {
    return renderFailure(c, NOT_FOUND, 'no_such_page');
  });

  app.onError(async (error, c) => {
    if (error instanceof HTTPException)
      return error.status === 403 ? renderFailure(c, OTHER_SITE, 'other_site') : error.getResponse();
    if (error instanceof PersonaAuthenticationError && c.var.session) {
      sessions.close(c);
      return requireSignIn(c);
    }
    if (!(error instanceof PersonaError)) console.error(error);
    const failure = describeFailure(error);
    const requestId = error instanceof PersonaError ? error.request?.id : undefined;
    if (failure.retryAfterSeconds !== undefined) c.header('retry-after', String(failure.retryAfterSeconds));
    if (isApi(c)) {
      const code = error instanceof PersonaError ? error.code : 'internal';
      const issues = error instanceof PersonaValidationError ? error.issues : undefined;
      return c.json({ error: failure.title, code, issues, request_id: requestId }, failure.status);
    }
    const cachedList = isOutage(failure) ? await readCachedList(c.var.session) : undefined;
    const { pathname, search } = new URL(c.req.url);
    const retryUrl = isOutage(failure) && c.req.method === 'GET' ? localPath(pathname + search) : undefined;
    return page(
      c,
      { title: failure.title, status: failure.status, username: c.var.session?.username },
      <FailurePage failure={failure} requestId={requestId} retryUrl={retryUrl} cachedList={cachedList} />,
    );
  });

  return app;

  async function requireSignIn(c: Context) {
    // Browsers report a broken connection if the response arrives while they still send a large body.
    if (!c.req.raw.bodyUsed) await c.req.arrayBuffer();
    if (isApi(c)) return c.json({ error: 'Sign in first', code: 'unauthenticated' }, 401);
    const { pathname, search } = new URL(c.req.url);
    // 307 makes the browser send the form to the sign-in page, which keeps the user's input.
    const status = c.req.method === 'GET' ? 303 : 307;
    return c.redirect(`/sign-in?next=${encodeURIComponent(`${pathname}${search}`)}`, status);
  }

  function renderFailure(c: Context<SessionEnv>, failure: Failure, code: string) {
    if (isApi(c)) return c.json({ error: failure.title, code }, failure.status);
    const { title, status } = failure;
    return page(c, { title, status, username: c.var.session?.username }, <FailurePage failure={failure} />);
  }
}

const NOT_FOUND: Failure = { status: 404, title: 'Page not found', advice: 'Check the address.' };
const OTHER_SITE: Failure = {
  status: 403,
  title: 'This form came from another site',
  advice:
    'Go back, reload the form and send it again. If this happens every time, the PUBLIC_URL of the application is wrong.',
};
const TOO_LARGE: Failure = {
  status: 413,
  title: 'That is too much text',
  advice: `At most ${MAX_FORM_BYTES / 1024 ** 2} MB can be saved. Go back, and shorten what you entered.`,
};

/** Reads the first page of personas from the cache. */
const readCachedList = (session: Session | undefined) =>
  session?.view.withMeta.personas
    .list({ page: 1, perPage: 10 }, { cache: 'only-if-cached' })
    .catch(() => undefined);
