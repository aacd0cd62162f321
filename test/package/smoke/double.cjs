const assert = require('node:assert/strict');

/** The service out of the tarball, in process and on a socket, on both stores. */
exports.double = async ({ PersonaClient, PersonaNotFoundError }, { createPersonaService }) => {
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
  console.log('double: ok');
};
if (require.main === module) exports.double(require('persona-client'), require('persona-client/testing'));
