import { headers } from 'next/headers';
import { notFound } from 'next/navigation';
import { pageClient } from '../../clients';
import { parseId } from '../../parse-id';

export const runtime = 'edge';

/** One persona, on the Edge Runtime. */
export default async function PersonaPage({ params }: { readonly params: Promise<{ id: string }> }) {
  const id = parseId((await params).id) ?? notFound();
  // Authorization belongs here: may this visitor see this persona?
  const { name } = await pageClient.personas.get(id);
  return <h1 lang={(await headers()).get('x-language') ?? 'en'}>{name}</h1>;
}
