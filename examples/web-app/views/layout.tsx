/** @jsxImportSource hono/jsx */
import type { Context } from 'hono';
import { html } from 'hono/html';
import type { Child, PropsWithChildren } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

interface LayoutProps {
  readonly title: string;
  /** Name of the signed-in user. */
  readonly username?: string | undefined;
}

/** The layout of every page. It has no scripts and no external assets. */
const Layout = ({ title, username, children }: PropsWithChildren<LayoutProps>) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${title} · Personas`}</title>
      <link rel="icon" href="/icon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="/style.css" />
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <div class="bar-inner">
          <a class="brand" href="/personas">
            <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
              <rect class="brand-back" width="32" height="32" rx="9" />
              <circle class="brand-face" cx="16" cy="12.5" r="5" />
              <path class="brand-face" d="M6.5 27a9.5 9.5 0 0 1 19 0z" />
            </svg>
            Personas
          </a>
          {username !== undefined && (
            <nav aria-label="Main">
              <a class="button primary" href="/personas/new">
                New<span class="wide"> persona</span>
              </a>
              <span class="wide muted">{username}</span>
              <form method="post" action="/sign-out">
                <button type="submit" class="button quiet" aria-label={`Sign out ${username}`}>
                  Sign out
                </button>
              </form>
            </nav>
          )}
        </div>
      </header>
      <main id="main" tabindex={-1}>
        {children}
      </main>
      <footer>
        An example of <b>persona-client</b>: every page is read and written through it.
      </footer>
    </body>
  </html>
);

interface PageOptions extends LayoutProps {
  readonly status?: ContentfulStatusCode;
}

/** Renders a page. hono/jsx escapes all content. */
export const page = (c: Context, { status = 200, ...layout }: PageOptions, content: Child) =>
  c.html(html`<!doctype html>${<Layout {...layout}>{content}</Layout>}`, status);
