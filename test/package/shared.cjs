const assert = require('node:assert/strict');

/** The client against the double over real HTTP, both out of the tarball. */
exports.smoke = async (
  { PersonaClient, PersonaNotFoundError, PersonaCircuitOpenError },
  createPersonaService,
) => {
  for (const store of ['memory', { sqlite: ':memory:' }]) {
    const service = createPersonaService({ store, auth: { users: { admin: 'secret' } } });
    const { url } = await service.listen({ port: 0 });
    const client = new PersonaClient({
      baseUrl: url,
      auth: { username: 'admin', password: 'secret' },
      retry: { backoffMs: 1 },
    });
    const created = await client.personas.create({ name: 'Packed', contextual: { season: 'winter' } });
    assert.equal((await client.personas.get(created.id)).name, 'Packed');
    await client.auth.refresh();
    await client.demographic.update(created.id, { city: 'Toronto' });
    assert.equal((await client.demographic.get(created.id)).city, 'Toronto');
    assert.equal((await client.schema.get()).source, 'composed');

    service.faults.add({ status: 503, times: 1 });
    assert.equal((await client.withMeta.personas.get(1)).meta.attempts, 2);
    service.faults.add({ status: 503 });
    await client.personas.list({}, { cache: 'no-store' }).catch(() => {});
    const refused = await client.personas.list({}, { cache: 'no-store' }).catch((error) => error);
    assert(refused instanceof PersonaCircuitOpenError, String(refused));
    service.faults.clear();
    client.close();

    const second = new PersonaClient({ baseUrl: url, auth: { username: 'admin', password: 'secret' } });
    await second.personas.delete(created.id);
    const gone = await second.personas.get(created.id).catch((error) => error);
    assert(gone instanceof PersonaNotFoundError, String(gone));
    second.close();
    await service.close();
  }
  return 'smoke: ok';
};
