import { PersonaValidationError } from 'persona-client';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { withOpenTypes } from '../../support/service.js';
import type { ContractContext } from '../context.js';

/** How the dialects differ in the fields that a category may have. */
export function attributes(context: ContractContext): void {
  it('stores an unconfigured field in the attributes dialect, and rejects it by name in the subresource dialect', async () => {
    const { id } = await context.create();
    const client = withOpenTypes(context.client);
    const data = { shoe_size: { eu: 44, wide: true }, tags: [1, 'two', null] };
    if (context.dialect === 'attributes') {
      expect(await client.psychographic.update(id, data)).toEqual(data);
      expect(await context.connect().psychographic.get(id)).toEqual(data);
      expect((await context.connect().personas.get(id)).psychographic).toEqual(data);
      return;
    }
    const rejected = await expectRejection(PersonaValidationError, client.psychographic.update(id, data));
    expect(rejected).toMatchObject({ code: 'rejected_input', status: 400, maybeApplied: false });
    expect(rejected.issues.map(({ path }) => path)).toEqual([['shoe_size'], ['tags']]);

    const nested = client.personas.update(id, { behavioral: { shoe_size: 44 } });
    const { issues } = await expectRejection(PersonaValidationError, nested);
    expect(issues.map(({ path }) => path)).toEqual([['behavioral', 'shoe_size']]);
  });

  it('rejects a value that is not an option of its field in the attributes dialect, and stores it in the subresource dialect', async ({
    skip,
  }) => {
    const { fields = [] } = (await context.client.fieldConfig.get('contextual')).contextual ?? {};
    const limited = fields.find(({ type, options }) => type === 'string' && options !== undefined);
    if (limited === undefined) return skip('this deployment has no contextual field with options');
    const { id } = await context.create();
    const update = context.client.contextual.update(id, { [limited.name]: 'none of these' });
    if (context.dialect === 'subresource') {
      expect(await update).toMatchObject({ [limited.name]: 'none of these' });
      return;
    }
    const { issues } = await expectRejection(PersonaValidationError, update);
    expect(issues.map(({ path }) => path)).toEqual([[limited.name]]);
    expect(issues[0]?.message).toContain(limited.options?.join(', '));
    expect(await context.connect().contextual.get(id)).toEqual({});
  });
}
