/** @jsxImportSource hono/jsx */
interface SignInPageProps {
  /** Path to open after signing in. */
  readonly next: string;
  readonly username?: string;
  readonly failure?: string;
}

export const SignInPage = ({ next, username = '', failure }: SignInPageProps) => (
  <form method="post" action="/sign-in" class="panel narrow">
    <h1>Sign in</h1>
    {failure && (
      <p class="notice failed" role="alert" id="failure">
        {failure}
      </p>
    )}
    <input type="hidden" name="next" value={next} />
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
