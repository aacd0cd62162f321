/**
 * Removes the keys `id` and `persona_id` of the database row, which some services include in a category. If `persona_id` is
 * not the id of the persona, both are custom fields.
 */
export function omitRowKeys(personaId: unknown, fields: object): object {
  const { id: _id, persona_id, ...rest } = fields as { id?: unknown; persona_id?: unknown };
  return persona_id !== undefined && persona_id === personaId ? rest : fields;
}
