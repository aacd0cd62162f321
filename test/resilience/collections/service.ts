/** Runs a Persona Service: `service.ts <dialect> <latencyMs> [sqlite file]`. Prints its URL and exits when stdin ends. */
import { createPersonaService, type Dialect } from 'persona-client/testing';

const [dialect, latencyMs, sqlite] = process.argv.slice(2);
const service = createPersonaService({
  dialect: dialect as Dialect,
  seed: false,
  latencyMs: Number(latencyMs),
  store: sqlite === undefined ? 'memory' : { sqlite },
});
const { url } = await service.listen({ port: 0 });
process.stdout.write(`${url}\n`);
process.stdin.resume().on('end', () => void service.close());
