const assert = require('node:assert/strict');

/** Uses the packed service in process and on a socket, with both stores. */
exports.checkLocalService = async ({ PersonaClient, PersonaNotFoundError }, { createPersonaService }) => {
  for (const store of ['memory', { sqlite: ':memory:' }]) {
    const service = createPersonaService({ store });
    const { url } = await service.listen({ port: 0 });
    for (const options of [{ baseUrl: url }, { fetch: service.fetch }]) {
      const client = new PersonaClient(options);
      const created = await client.personas.create({ name: 'Packed' });
      assert.equal((await client.personas.get(created.id)).name, 'Packed');
      assert.equal((await client.schema.get()).source, 'composed');
      await client.personas.delete(created.id);
      await assert.rejects(client.personas.get(created.id), PersonaNotFoundError);
      client.close();
    }
    await service.close();
  }
  console.log('local service: ok');
};
if (require.main === module)
  exports.checkLocalService(require('persona-client'), require('persona-client/testing'));
