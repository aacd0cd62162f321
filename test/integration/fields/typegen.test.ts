import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type FieldConfig, PersonaClient, PersonaValidationError } from 'persona-client';
import ts from 'typescript';
import { expect, it, onTestFinished } from 'vitest';
import { generateFieldTypes } from '../../../src/cli/typegen.js';
import { findTypeErrors } from '../../docs/readme/run-block.js';
import { expectRejection } from '../../support/failures.js';
import { startService } from '../../support/service.js';

const CONFIG: FieldConfig = {
  psychographic: {
    description: 'Our */ own\nfields',
    fields: [
      { name: 'mood', type: 'string', options: ['calm', 'bu"sy', "it's", 'calm'], description: 'How it is' },
      { name: 'pets', type: 'list' },
      { name: 'toys', type: 'list', options: ['ball', 'stick'] },
      { name: 'notes', type: 'dict' },
      { name: 'of a newer type', type: 'date' },
      { name: '__proto__', type: 'string' },
      { name: 'pets', type: 'list' },
    ],
  },
  contextual: { fields: [] },
  elsewhere: { fields: [{ name: 'x', type: 'string' }] },
};

/** Writes the generated module to a file and imports it. */
async function importGenerated(config: FieldConfig): Promise<{ attributes: never }> {
  const folder = mkdtempSync('test/integration/fields/.typegen-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(process.cwd(), folder, 'persona-fields.ts');
  writeFileSync(file, generateFieldTypes(config));
  return import(/* @vite-ignore */ file);
}

it('generates a module that compiles and has the types of the fields', () => {
  const use = `
    import { PersonaClient } from 'persona-client';
    import { attributes, type Psychographic } from './__fields.js';
    const client = new PersonaClient({ attributes });
    const { mood, pets, toys, notes } = await client.psychographic.get(1);
    const exactly: 'calm' | 'bu"sy' | "it's" | null | undefined = mood;
    const lists: [string[] | null | undefined, ('ball' | 'stick')[] | null | undefined] = [pets, toys];
    const dict: Record<string, string> | null | undefined = notes;
    const whole: Psychographic = { mood: 'calm', 'of a newer type': { any: ['thing'] }, ['__proto__']: 'x' };
    await client.psychographic.update(1, { toys: ['ball'] });
  `;
  expect(findTypeErrors({ 'fields.ts': generateFieldTypes(CONFIG), 'use.ts': use })).toEqual([]);
  const wrongUse = `${use.replace("['ball']", "['bone']")}
    await client.psychographic.update(1, { toyz: ['ball'] });`;
  expect(findTypeErrors({ 'fields.ts': generateFieldTypes(CONFIG), 'use.ts': wrongUse })).toEqual([
    expect.stringContaining('"bone"'),
    expect.stringContaining("'toyz' does not exist"),
  ]);
}, 60_000);

it('generates schemas that reject the same values as the service', async () => {
  const { attributes } = await importGenerated(CONFIG);
  const { url, requestLines } = await startService({ dialect: 'attributes' });
  const client = new PersonaClient({ baseUrl: url, attributes });
  for (const invalid of [{ mood: 'angry' }, { pets: 'cat' }, { toys: ['bone'] }, { notes: ['x'] }])
    await expectRejection(PersonaValidationError, client.psychographic.update(1, invalid as never));
  expect(requestLines()).toEqual([]);
  const valid = {
    mood: "it's",
    pets: ['cat'],
    toys: [],
    notes: { a: 'b' },
    'of a newer type': 5,
    free: true,
  };
  expect(await client.psychographic.update(1, valid as never)).toMatchObject(valid);
  client.close();
});

it('generates a module of the same shape for any names, options and descriptions', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      "'",
      '"',
      '\\',
      '*/',
      '$' + '{x}',
      '`',
      '\u2028',
      '\n',
      '__proto__',
      'constructor',
      'class',
      '\ud800',
    ),
  );
  const field = fc.record(
    {
      name: text,
      type: fc.constantFrom('string', 'list', 'dict', 'other'),
      options: fc.array(text),
      description: text,
      label: text,
    },
    { requiredKeys: ['name', 'type'] },
  );
  const config = fc.record({ psychographic: fc.record({ description: text, fields: fc.array(field) }) });
  fc.assert(
    fc.property(config, (fieldConfig) => {
      const code = generateFieldTypes(fieldConfig as FieldConfig);
      const { diagnostics = [] } = ts.transpileModule(code, {
        reportDiagnostics: true,
        compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
      });
      expect(diagnostics.map(({ messageText }) => messageText)).toEqual([]);
      const { statements } = ts.createSourceFile('x.ts', code, ts.ScriptTarget.ES2023);
      expect(statements.map(({ kind }) => ts.SyntaxKind[kind])).toEqual([
        ...[
          'ImportDeclaration',
          'ImportDeclaration',
          'FirstStatement',
          'TypeAliasDeclaration',
          'FirstStatement',
        ],
      ]);
      const keys: string[] = [];
      const visit = (node: ts.Node): void => {
        // a literal __proto__ key would set the prototype
        if (ts.isPropertyAssignment(node) && !ts.isComputedPropertyName(node.name))
          expect((node.name as ts.StringLiteral).text).not.toBe('__proto__');
        if (ts.isPropertyAssignment(node))
          keys.push(
            ts.isComputedPropertyName(node.name)
              ? (node.name.expression as ts.StringLiteral).text
              : (node.name as ts.StringLiteral).text,
          );
        ts.forEachChild(node, visit);
      };
      for (const statement of statements) visit(statement);
      expect(new Set(keys)).toEqual(new Set(fieldConfig.psychographic.fields.map(({ name }) => name)));
    }),
    { numRuns: 300 },
  );
});
