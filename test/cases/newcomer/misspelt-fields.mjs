// A newcomer writes `interest` for `interests`, or `demografic` for `demographic`.
// With one dialect, the message is only "Validation error", without a field. With the other, a misspelled category is silently dropped.
// The message should name the fields. The client knows the categories, so it should reject an unknown one itself.
import { check, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const { createPersonaService } = await load('testing.js');
for (const dialect of ['subresource', 'attributes']) {
  const client = new PersonaClient({ fetch: createPersonaService({ dialect }).fetch, retry: false });
  const field =
    dialect === 'subresource' && (await settle(client.psychographic.update(1, { interest: ['music'] })));
  if (field)
    check(
      `${dialect}: psychographic.update with "interest" fails and names it`,
      field.error?.message.includes('interest'),
      field.error?.message.slice(-70) ?? 'stored',
      'psychographic.interest: unknown field',
    );
  const category = await settle(client.personas.create({ name: 'x', demografic: { city: 'Oslo' } }));
  check(
    `${dialect}: create with "demografic" fails and names it`,
    category.error?.message.includes('demografic'),
    category.error?.message.slice(-70) ?? 'created without it',
    'demografic: unknown',
  );
}
finish();
