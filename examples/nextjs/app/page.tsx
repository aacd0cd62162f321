import Link from 'next/link';
import { pageClient } from './clients';

/** The first page of personas, on the Node.js runtime. `next build` detects that the page is dynamic. */
export default async function ListPage() {
  // Authorization belongs here: may this visitor see all personas?
  const { items } = await pageClient.personas.list();
  return (
    <ul>
      {items.map(({ id, name }) => (
        <li key={id}>
          <Link href={`/personas/${id}`}>{name}</Link>
        </li>
      ))}
    </ul>
  );
}
