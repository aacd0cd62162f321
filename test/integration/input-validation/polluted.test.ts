import { expect, it } from 'vitest';
import { serve } from '../../support/service.js';

it('an answer is read whatever others have put on Object.prototype', async () => {
  const { connect } = await serve();
  const client = connect({ cache: false });
  await client.personas.get(1); // makes the schema
  const polluted = Object.prototype as { theirs?: object };
  polluted.theirs = { some: 'thing' };
  try {
    expect(await client.personas.get(1)).toHaveProperty('id', 1);
  } finally {
    delete polluted.theirs;
  }
});
