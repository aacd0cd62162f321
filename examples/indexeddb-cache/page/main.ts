import { PersonaClient } from 'persona-client';
import { indexedDbStore } from './store.js';

interface Session {
  readonly service: string;
  readonly user: string;
  /** Kept in the memory of this page only. The README explains why. */
  readonly keySecret: string;
}

const element = <Type extends HTMLElement>(selector: string) => document.querySelector(selector) as Type;
const status = element('[role=status]');
const form = element<HTMLFormElement>('form');

const { service, user, keySecret } = (await (await fetch('/session')).json()) as Session;
const client = new PersonaClient({
  baseUrl: service,
  principal: user,
  cache: { store: indexedDbStore(), keySecret, storeTimeoutMs: 2_000 }, // the first access to a disk can be slow
});
let requestCount = 0;
client.on('request', () => {
  requestCount++;
});

async function render(): Promise<void> {
  const { data, meta } = await client.withMeta.personas.list();
  const items = data.items.map(({ name }) =>
    Object.assign(document.createElement('li'), { textContent: name }),
  );
  element('ul').replaceChildren(...items);
  form.dataset.id = String(data.items[0]?.id);
  status.textContent = `${data.total} personas for ${user}, from: ${meta.source}; requests so far: ${requestCount}`;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const name = String(new FormData(form).get('name'));
  await client.personas.update(Number(form.dataset.id), { name });
  await render();
});

await render().catch((error: Error) => {
  status.textContent = error.message;
});
