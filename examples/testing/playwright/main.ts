import { type Persona, PersonaClient, PersonaError } from 'persona-client';

/** The page under test. It contains no test code, and calls its service at http://localhost:5050. */
const client = new PersonaClient({ retry: { backoffMs: 50 } });

const [list, status, form] = ['ul', '[role=status]', 'form'].map((selector) =>
  document.querySelector(selector),
);

const setStatus = (text: string) => status?.replaceChildren(text);
const createItem = ({ name, created_at }: Persona) => {
  const item = document.createElement('li');
  item.textContent = `${name}, since ${created_at.slice(0, 10)}`;
  return item;
};

async function refresh(): Promise<void> {
  const { items, total } = await client.personas.list();
  list?.replaceChildren(...items.map(createItem));
  setStatus(`${total} personas`);
}

const showError = (error: unknown) =>
  setStatus(error instanceof PersonaError ? error.message : 'Something went wrong');

form?.addEventListener('submit', (event) => {
  event.preventDefault();
  const name = String(new FormData(event.target as HTMLFormElement).get('name'));
  client.personas.create({ name }).then(refresh).catch(showError);
});
refresh().catch(showError);
