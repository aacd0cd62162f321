// The service drops a field, or another server responds: a list of 50,000 rows that do not match the schema (150 KB).
// The call fails with a raw RangeError ("Maximum call stack size exceeded"). Smaller lists give a message of 640 KB for the logs.
// Validation should stop after some twenty problems. Every error of the validator should become a PersonaResponseError.
import { check, createJsonResponse, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';

setTimeLimitSeconds(55);
const { PersonaClient, PersonaError } = await load();
const createListBody = (item, count) =>
  `{"total":1,"page":1,"per_page":20,"personas":[${`${item},`.repeat(count - 1)}${item}]}`;
for (const [scenario, body] of [
  ['10,000 zeros (20 KB)', createListBody('0', 1e4)],
  ['10,000 empty objects (30 KB)', createListBody('{}', 1e4)],
  ['130,000 zeros (260 KB)', createListBody('0', 1.3e5)],
  ['50,000 empty objects (150 KB)', createListBody('{}', 5e4)],
]) {
  const client = new PersonaClient({
    fetch: async () => createJsonResponse(body),
    retry: false,
    dialect: 'subresource',
  });
  const { error } = await settle(client.personas.list());
  check(
    `${scenario}: a PersonaError`,
    error instanceof PersonaError,
    `a raw ${error?.name}: ${error?.message?.slice(0, 60)}`,
    'PersonaResponseError',
  );
  if (error instanceof PersonaError) {
    check(
      `${scenario}: a short message`,
      error.message.length < 10_000,
      `${Math.round(error.message.length / 1000)} KB`,
      'under 10 KB',
    );
    const size = JSON.stringify(error).length;
    check(
      `${scenario}: a short error as JSON`,
      size < 20_000,
      `${Math.round(size / 1000)} KB`,
      'under 20 KB',
    );
  }
}
{
  const body = `{"error":"x","details":[${'"a",'.repeat(3e5)}"a"]}`;
  const client = new PersonaClient({
    fetch: async () => createJsonResponse(body, { status: 400 }),
    retry: false,
    dialect: 'subresource',
  });
  const { error } = await settle(client.personas.get(1));
  check(
    '400 with 300,000 details: at most some dozen issues',
    error.issues?.length <= 100,
    error.issues?.length,
    'at most 100',
  );
}
finish();
