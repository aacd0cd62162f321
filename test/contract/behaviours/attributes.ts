import { PersonaValidationError } from 'persona-client';
import { expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import type { Bench } from '../deployed.js';

/** Where the dialects differ in what a category may hold. */
export function attributes(bench: Bench): void {
  it('a field that nobody configured is kept, or refused by its name', async () => {
    const { id } = await bench.create();
    const data = { shoe_size: { eu: 44, wide: true }, tags: [1, 'two', null] };
    if (bench.dialect === 'attributes') {
      expect(await bench.client.psychographic.update(id, data)).toEqual(data);
      expect(await bench.connect().psychographic.get(id)).toEqual(data);
      expect((await bench.connect().personas.get(id)).psychographic).toEqual(data);
      return;
    }
    const refused = await failureOf(PersonaValidationError, bench.client.psychographic.update(id, data));
    expect(refused).toMatchObject({ code: 'rejected_input', status: 400, maybeApplied: false });
    expect(refused.issues.map(({ path }) => path)).toEqual([['shoe_size'], ['tags']]);

    const nested = bench.client.personas.update(id, { behavioral: { shoe_size: 44 } });
    const { issues } = await failureOf(PersonaValidationError, nested);
    expect(issues.map(({ path }) => path)).toEqual([['behavioral', 'shoe_size']]);
  });

  it('options are binding where the service checks them', async ({ skip }) => {
    const { fields = [] } = (await bench.client.fieldConfig.get('contextual')).contextual ?? {};
    const limited = fields.find(({ type, options }) => type === 'string' && options !== undefined);
    if (limited === undefined) return skip('this deployment limits no field of contextual');
    const { id } = await bench.create();
    const update = bench.client.contextual.update(id, { [limited.name]: 'none of these' });
    if (bench.dialect === 'subresource') {
      expect(await update).toMatchObject({ [limited.name]: 'none of these' });
      return;
    }
    const { issues } = await failureOf(PersonaValidationError, update);
    expect(issues.map(({ path }) => path)).toEqual([[limited.name]]);
    expect(issues[0]?.message).toContain(limited.options?.join(', '));
    expect(await bench.connect().contextual.get(id)).toEqual({});
  });
}
