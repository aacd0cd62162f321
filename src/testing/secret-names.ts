/** Parts of a name whose value is a secret, without separators: `X-Api-Key`, `apiKey` and `API_KEY` contain `apikey`. */
const SECRET_PARTS =
  /authorization|cookie|passw|passphrase|pwd|secret|token|apikey|accesskey|privatekey|credential|jwt|bearer|signature|session|csrf|xsrf/;
/** Words that mark the name of a secret only as whole words. */
const SECRET_WORDS: readonly string[] = ['auth', 'pass', 'pin', 'sid', 'sig', 'otp'];
/** The end of a name that describes a secret without containing it, such as `token_type` and `session_expires_at`. */
const DESCRIPTION = /(?:type|count|limit|length|expiry|ttl|expires|expires(?:in|at)|issuedat)$/;

const splitWords = (name: string): string[] =>
  name
    .slice(0, 100)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/);

/** Whether the field, parameter or header with this name contains a secret. */
export function isSecretName(name: string): boolean {
  const words = splitWords(name);
  const joined = words.join('');
  if (DESCRIPTION.test(joined)) return false;
  return SECRET_PARTS.test(joined) || words.some((word) => SECRET_WORDS.includes(word));
}

/** Like `isSecretName`, for query parameters and headers. There, `key` also names a secret. In data, it often does not. */
export const isSecretParameter = (name: string): boolean =>
  isSecretName(name) || splitWords(name).includes('key');

/** Whether a path logs in, or renews a session. Every text in such a body may be a secret. */
export const isLoginPath = (path: string): boolean =>
  /\/(?:auth|oauth2?|login|signin|refresh|tokens?|sessions?)(?:\/|$)/i.test(path);

/** Names in the body of a login whose values are not secret. */
export const isPlainLoginName = (name: string): boolean =>
  /^(?:user(?:_?name)?|email|login|grant_type|scope|token_?type|message|msg|error|error_description|status|detail)$/i.test(
    name,
  );
