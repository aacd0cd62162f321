import { type NextRequest, NextResponse } from 'next/server';
import { client } from './app/clients';
import { parseId } from './app/parse-id';

export const config = { matcher: '/((?!_next/).*)' };

/**
 * Rejects malformed paths, and passes the language of a persona to its page. Runs on the Edge Runtime.
 *
 * Check here only whether visitors are signed in. Each page and handler checks whether they may read or change a persona.
 */
export async function middleware(request: NextRequest): Promise<NextResponse> {
  const { pathname } = request.nextUrl;
  if (!isDecodable(pathname)) return NextResponse.json({ error: 'malformed path' }, { status: 400 }); // Next.js would respond with 500
  const headers = new Headers(request.headers);
  headers.delete('x-language');
  const [, folder, id = ''] = pathname.split('/');
  const language = folder === 'personas' && (await readLanguage(id));
  if (language) headers.set('x-language', encodeURIComponent(language));
  return NextResponse.next({ request: { headers } });
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Returns `undefined` also if the service is unavailable. The page then has no language. */
async function readLanguage(text: string): Promise<string | null | undefined> {
  const id = parseId(text);
  if (id === undefined) return undefined;
  const persona = await client.personas.get(id).catch(() => undefined);
  return persona?.demographic?.language;
}
