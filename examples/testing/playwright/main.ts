import { type Persona, PersonaClient, PersonaError } from 'persona-client';

/** The page under test. It knows nothing of tests: its service is at http://localhost:5050. */
const client = new PersonaClient({ retry: { backoffMs: 50 } });

const [list, status, form] = ['ul', '[role=status]', 'form'].map((selector) =>
  document.querySelector(selector),
);

const say = (text: string) => status?.replaceChildren(text);
const line = ({ name, created_at }: Persona) => {
  const item = document.createElement('li');
  item.textContent = `${name}, since ${created_at.slice(0, 10)}`;
  return item;
};

async function show(): Promise<void> {
  const { items, total } = await client.personas.list();
  list?.replaceChildren(...items.map(line));
  say(`${total} in all`);
}

const failed = (error: unknown) =>
  say(error instanceof PersonaError ? error.message : 'Something went wrong');

form?.addEventListener('submit', (event) => {
  event.preventDefault();
  const name = String(new FormData(event.target as HTMLFormElement).get('name'));
  client.personas.create({ name }).then(show).catch(failed);
});
show().catch(failed);
