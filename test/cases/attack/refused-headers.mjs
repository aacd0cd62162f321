// The option `headers` has a header that fetch rejects: transfer-encoding, keep-alive, upgrade, expect, a wrong content-length.
// The constructor accepts it. Every call then looks like a network failure: four attempts, an open circuit, maybeApplied: true.
// Nothing was sent. The constructor should throw a PersonaValidationError, as it does for line breaks.
import {
  check,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  settle,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const { PersonaClient } = await load();
const service = await startStubService(() => ({ body: createPersona(1) }));
for (const headers of [
  { 'transfer-encoding': 'chunked' },
  { 'keep-alive': '1' },
  { upgrade: 'x' },
  { expect: '100-continue' },
  { 'content-length': '3' },
]) {
  let error;
  try {
    const client = new PersonaClient({
      baseUrl: service.url,
      dialect: 'subresource',
      retry: { backoffMs: 1 },
      timeoutMs: 1000,
      headers,
    });
    ({ error } = await settle(client.personas.create({ name: 'x' })));
  } catch (e) {
    error = e;
  }
  check(
    `headers: ${JSON.stringify(headers)}`,
    error === undefined || error.code === 'invalid_input' || error.maybeApplied === false,
    `${error?.code} maybeApplied=${error?.maybeApplied} after ${error?.attempts} attempt(s)`,
    'a PersonaValidationError at construction',
  );
}
finish();
