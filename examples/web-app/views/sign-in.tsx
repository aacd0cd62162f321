/** @jsxImportSource hono/jsx */
import type { FormBody } from '../body.js';

/** The prefix of the hidden inputs that keep the values of another form. */
export const KEPT = 'kept.';

interface SignInPageProps {
  /** Path to open after signing in. */
  readonly next: string;
  /** A form that was sent after the session had ended. */
  readonly keptForm?: FormBody;
  readonly username?: string;
  readonly failure?: string;
}

export const SignInPage = ({ next, keptForm = {}, username = '', failure }: SignInPageProps) => (
  <form method="post" action="/sign-in" class="panel narrow">
    <h1>Sign in</h1>
    {failure && (
      <p class="notice failed" role="alert" id="failure">
        {failure}
      </p>
    )}
    {Object.keys(keptForm).length > 0 && (
      <p class="notice">Your session has ended. What you entered is kept until you sign in.</p>
    )}
    <input type="hidden" name="next" value={next} />
    {Object.entries(keptForm).map(([name, text]) => (
      <input type="hidden" name={`${KEPT}${name}`} value={text} />
    ))}
    <div class="control">
      <label for="username">User name</label>
      <input
        id="username"
        name="username"
        autocomplete="username"
        value={username}
        required
        aria-describedby={failure && 'failure'}
      />
    </div>
    <div class="control">
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required />
    </div>
    <p class="actions">
      <button type="submit" class="button primary">
        Sign in
      </button>
    </p>
  </form>
);
