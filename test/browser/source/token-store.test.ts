import { PersonaClient } from 'persona-client';
import { webStorageTokenStore } from 'persona-client/browser';
import { createPersonaService } from 'persona-client/testing';
import { expect, it, onTestFinished } from 'vitest';

const KEY = 'persona-client:http://localhost:5050:me';
const readEntry = () => JSON.parse(localStorage.getItem(KEY) ?? 'null');

function setup() {
  const service = createPersonaService({ auth: { users: { admin: 'secret' } } });
  onTestFinished(() => service.close());
  const client = new PersonaClient({
    fetch: service.fetch,
    principal: 'me',
    tokenStore: webStorageTokenStore(),
  });
  onTestFinished(() => client.close());
  onTestFinished(() => localStorage.clear());
  return client;
}

it.each(['{', '5', '{"tokens":{"accessToken":"a"}}', '{"generation":1,"tokens":{"accessToken":5}}'])(
  'a stored value that is not from this package counts as no tokens: %s',
  async (junk) => {
    localStorage.setItem(KEY, junk);
    const client = setup();
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: false });
    await client.auth.login({ username: 'admin', password: 'secret' });
    expect(readEntry()).toMatchObject({ tokens: { accessToken: expect.any(String) } });
    localStorage.setItem(KEY, junk);
    await client.auth.logout();
    expect(readEntry()).toEqual({ generation: expect.any(Number) });
  },
);

it('a full storage does not prevent a logout', async () => {
  const client = setup();
  await client.auth.login({ username: 'admin', password: 'secret' });
  const { setItem } = Storage.prototype;
  onTestFinished(() => {
    Storage.prototype.setItem = setItem;
  });
  Storage.prototype.setItem = () => {
    throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
  };
  await client.auth.logout();
  expect(readEntry()).toBeNull();
});
