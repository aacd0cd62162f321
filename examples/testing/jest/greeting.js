/** The code under test, as CommonJS: greets a persona by its first interest. */
async function greeting({ personas }, id) {
  const { name, psychographic } = await personas.get(id);
  const [interest] = psychographic?.interests ?? [];
  return interest ? `Hello ${name}, how is the ${interest}?` : `Hello ${name}`;
}

module.exports = { greeting };
