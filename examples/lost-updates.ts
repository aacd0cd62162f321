/**
 * Two editors change the same persona. The second one sees a conflict with both versions, and decides.
 *
 *   npm run serve                      in one terminal
 *   npx tsx examples/lost-updates.ts   in another
 *
 * PERSONA_API_URL is the URL of the service, http://localhost:5050 by default.
 */
import { PersonaClient, PersonaConflictError } from 'persona-client';

using client = PersonaClient.fromEnv();

const { id } = await client.personas.create({ name: 'Draft', psychographic: { interests: ['art'] } });
try {
  const opened = await client.personas.get(id); // both editors open this version

  await client.psychographic.update(
    id,
    { interests: ['art', 'music'] },
    { ifUnmodifiedSince: opened.updated_at },
  );
  console.log('First editor: saved');

  const mine = { psychographic: { interests: ['art', 'chess'] } };
  try {
    await client.personas.update(id, mine, { ifUnmodifiedSince: opened.updated_at });
  } catch (error) {
    if (!(error instanceof PersonaConflictError) || !error.stored) throw error;
    const { stored } = error;
    console.log(`Second editor: conflict, stored ${stored.psychographic?.interests?.join(' and ')}`);
    const interests = new Set([...(stored.psychographic?.interests ?? []), ...mine.psychographic.interests]);
    const merged = { psychographic: { interests: [...interests] } };
    const saved = await client.personas.update(id, merged, { ifUnmodifiedSince: stored.updated_at });
    console.log(`Second editor: saved ${saved.psychographic?.interests?.join(' and ')}`);
  }
} finally {
  await client.personas.delete(id);
}
