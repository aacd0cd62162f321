// An application truncates a name and splits an emoji: 'Ana 😀'.slice(0, 5). Both dialects respond to a lone surrogate with 500.
// The client sends the name and reports a server error with maybeApplied: true, although nothing can have been stored.
// The client should reject the name with that reason before it sends anything: isWellFormed() tells.
import { check, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
for (const dialect of ['subresource', 'attributes']) {
  const service = await startStubPersonaService({
    dialect,
    before: ({ method, body }) =>
      method !== 'GET' && /\\ud83d(?!\\ud)/i.test(body)
        ? { status: 500, body: { message: 'Failed to create persona', status_code: 500 } }
        : undefined,
  });
  const client = new PersonaClient({ baseUrl: service.url, retry: false });
  const { error } = await settle(client.personas.create({ name: 'Ana 😀'.slice(0, 5) }));
  check(
    `${dialect}: create with half an emoji in the name is rejected before it is sent`,
    error?.code === 'invalid_input',
    `${error?.code} maybeApplied=${error?.maybeApplied}`,
    'invalid_input',
  );
}
finish();
