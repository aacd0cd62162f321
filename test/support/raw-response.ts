/** Formats an HTTP/1.1 response as latin1 text. */
export function rawResponse(
  status: number,
  body: string | Uint8Array = '',
  headers: readonly (readonly [string, string])[] = [],
): string {
  const bytes = Buffer.from(body);
  const lines = [
    `HTTP/1.1 ${status} Status`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${bytes.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${bytes.toString('latin1')}`;
}
