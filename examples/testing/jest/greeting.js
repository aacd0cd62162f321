/** The code under test, as CommonJS: a greeting that goes by what a persona likes. */
async function greeting({ personas }, id) {
  const { name, psychographic } = await personas.get(id);
  const [interest] = psychographic?.interests ?? [];
  return interest ? `Hello ${name}, how is the ${interest}?` : `Hello ${name}`;
}

module.exports = { greeting };
