const assert = require('node:assert/strict');

/** Uses a service that fails once, through a `fetch` function of another package. */
exports.checkClient = async (library, options) => {
  const client = new library.PersonaClient({
    auth: { username: 'admin', password: 'secret' },
    retry: { backoffMs: 1 },
    ...options,
  });
  const { data, meta } = await client.withMeta.personas.list({ perPage: 2 });
  assert.deepEqual([data.items.length, meta.attempts], [2, 2]);
  const created = await client.personas.create({ name: 'Zoë' });
  assert.equal((await client.personas.get(created.id, { cache: 'no-store' })).name, 'Zoë');
  assert.equal((await client.personas.update(created.id, { name: 'Ada' })).name, 'Ada');
  await client.personas.delete(created.id);
  await assert.rejects(client.personas.get(created.id), library.PersonaNotFoundError);
  await assert.rejects(client.personas.create({ name: '' }), library.PersonaValidationError);
  await assert.rejects(client.personas.list({ perPage: 3 }, { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  client.close();
};

/** A small body limit, and a server that cuts the body. */
exports.checkFailures = async (library, fetch, { baseUrl, cutUrl }) => {
  const connect = (options) =>
    new library.PersonaClient({ fetch, retry: false, dialect: 'subresource', ...options });
  const limited = connect({ baseUrl, maxResponseBytes: 50 });
  const login = limited.auth.login({ username: 'admin', password: 'secret' });
  await assert.rejects(login, { code: 'invalid_response' });
  await assert.rejects(
    connect({ baseUrl: cutUrl, timeoutMs: 2_000 }).personas.create({ name: 'Ada' }),
    (error) => {
      assert.ok(error instanceof library.PersonaError);
      assert.equal(error.maybeApplied, true);
      assert.match(error.code, /^(?:connection_failed|timeout)$/);
      return true;
    },
  );
};
