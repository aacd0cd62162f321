// A loop fills one object repeatedly and passes it to create, or a generator yields one object repeatedly to createMany.
// With the dialect `attributes`, all four personas get the categories of the last one. createMany stores the last row four times.
// No error occurs. The client should copy or serialize its input when it is called, in both dialects.
import { checkEqual, finish, load, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const { createPersonaService } = await load('testing.js');
const { createMany } = await load('collections.js');
const expected = [0, 1, 2, 3].map((i) => `n${i}/life ${i}`);
for (const dialect of ['subresource', 'attributes']) {
  const client = new PersonaClient({ fetch: createPersonaService({ dialect }).fetch });
  await client.personas.list();
  const reusedInput = { name: '', psychographic: { lifestyle: '' } };
  const fillInput = (i) => {
    reusedInput.name = `n${i}`;
    reusedInput.psychographic.lifestyle = `life ${i}`;
    return reusedInput;
  };
  const creates = [];
  for (let i = 0; i < 4; i++) creates.push(client.personas.create(fillInput(i)));
  checkEqual(
    `${dialect}: create in a loop`,
    (await Promise.all(creates)).map((persona) => `${persona.name}/${persona.psychographic.lifestyle}`),
    expected,
  );
  for (const persona of await client.personas.toArray())
    if (/^n\d/.test(persona.name)) await client.personas.delete(persona.id);
  await createMany(
    client,
    (function* () {
      for (let i = 0; i < 4; i++) yield fillInput(i);
    })(),
  ).finish();
  checkEqual(
    `${dialect}: createMany over a generator`,
    (await client.personas.toArray({}, { cache: 'reload' }))
      .filter((persona) => /^n\d/.test(persona.name))
      .map((persona) => `${persona.name}/${persona.psychographic.lifestyle}`)
      .sort(),
    expected,
  );
}
{
  const client = new PersonaClient({ fetch: createPersonaService({ dialect: 'attributes' }).fetch });
  await client.personas.list();
  const data = { name: 'x', psychographic: { lifestyle: 'a' } };
  const outcome = client.personas.create(data).then(
    () => 'created',
    (e) => `${e.name}: ${e.message.slice(0, 60)}`,
  );
  data.psychographic.n = 1n;
  checkEqual('attributes: the caller adds a BigInt after the call', await outcome, 'created');
}
finish();
