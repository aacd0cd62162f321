import { expect, it } from 'vitest';
import { startService } from '../../support/service.js';

it('reads a response although Object.prototype has extra properties', async () => {
  const { connect } = await startService();
  const client = connect({ cache: false });
  await client.personas.get(1); // creates the schema
  const objectPrototype = Object.prototype as { extra?: object };
  objectPrototype.extra = { some: 'thing' };
  try {
    expect(await client.personas.get(1)).toHaveProperty('id', 1);
  } finally {
    delete objectPrototype.extra;
  }
});
