/** An answer as it stands on the wire. */
export function answered(
  status: number,
  body: string | Uint8Array = '',
  headers: readonly (readonly [string, string])[] = [],
): string {
  const bytes = Buffer.from(body);
  const lines = [
    `HTTP/1.1 ${status} Whatever`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${bytes.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${bytes.toString('latin1')}`;
}
