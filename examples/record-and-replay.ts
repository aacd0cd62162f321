/**
 * Records the responses of a service in a file, then replays them without the service.
 *
 *   npm run serve                          in one terminal
 *   npx tsx examples/record-and-replay.ts  in another
 *
 * PERSONA_API_URL is the URL of the service, http://localhost:5050 by default.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PersonaClient } from 'persona-client';
import { RecordingError, recordFetch, replayFetch } from 'persona-client/testing';

const folder = await mkdtemp(join(tmpdir(), 'persona-recording-'));
const file = join(folder, 'personas.json');
try {
  using recorded = PersonaClient.fromEnv({ fetch: recordFetch({ file }) });
  const original = await recorded.personas.get(1);
  console.log('Recorded one persona');

  using replayed = PersonaClient.fromEnv({ fetch: replayFetch(file) });
  const again = await replayed.personas.get(1);
  console.log(`Replayed ${again.name === original.name ? 'the same name' : 'another name'}`);
  await replayed.personas.get(2).catch((error: unknown) => {
    if (!(error instanceof RecordingError)) throw error;
    console.log('Not in the recording: persona 2');
  });
} finally {
  await rm(folder, { recursive: true });
}
