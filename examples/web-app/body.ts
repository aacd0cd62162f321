import type { Context } from 'hono';

/** The most text of a form that can be saved. A larger form is shown again. */
export const MAX_FORM_BYTES = 4 * 1024 ** 2;

/** The largest body that the application reads: such a form in its encoding, which has up to three bytes per byte of text. */
export const MAX_BODY_BYTES = 4 * MAX_FORM_BYTES;

/** The texts of a form by input name. */
export type FormBody = Readonly<Record<string, string>>;

/** Reads a form. Browsers submit line breaks as CR LF. Files are ignored. */
export async function readForm(c: Context): Promise<FormBody> {
  const texts = Object.entries(await c.req.parseBody()).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value.replaceAll('\r\n', '\n')] as const] : [],
  );
  return Object.fromEntries(texts);
}
