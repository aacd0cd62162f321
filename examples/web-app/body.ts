import type { Context } from 'hono';

/** The maximum size of the text that a form can save. The application shows a larger form again. */
export const MAX_FORM_BYTES = 4 * 1024 ** 2;

/** The maximum size of a request body. The encoding of a form takes up to three bytes for each byte of text. */
export const MAX_BODY_BYTES = 4 * MAX_FORM_BYTES;

/** The texts of a form by input name. */
export type FormBody = Readonly<Record<string, string>>;

/** Reads a form, without its files. Converts line breaks, because browsers submit them as CR LF. */
export async function readForm(c: Context): Promise<FormBody> {
  const texts = Object.entries(await c.req.parseBody()).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value.replaceAll('\r\n', '\n')] as const] : [],
  );
  return Object.fromEntries(texts);
}
