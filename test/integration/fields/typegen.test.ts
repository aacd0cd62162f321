import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type FieldConfig, PersonaClient, PersonaValidationError } from 'persona-client';
import ts from 'typescript';
import { expect, it, onTestFinished } from 'vitest';
import { typegen } from '../../../src/cli/typegen.js';
import { typeErrors } from '../../docs/readme/run.js';
import { failureOf } from '../../support/failures.js';
import { serve } from '../../support/service.js';

const CONFIG: FieldConfig = {
  psychographic: {
    description: 'Our */ own\nfields',
    fields: [
      { name: 'mood', type: 'string', options: ['calm', 'bu"sy', "it's", 'calm'], description: 'How it is' },
      { name: 'pets', type: 'list' },
      { name: 'toys', type: 'list', options: ['ball', 'stick'] },
      { name: 'notes', type: 'dict' },
      { name: 'from a later day', type: 'date' },
      { name: '__proto__', type: 'string' },
      { name: 'pets', type: 'list' },
    ],
  },
  contextual: { fields: [] },
  elsewhere: { fields: [{ name: 'x', type: 'string' }] },
};

/** The module, written and imported. */
async function written(config: FieldConfig): Promise<{ attributes: never }> {
  const folder = mkdtempSync('test/fields/.typegen-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(process.cwd(), folder, 'persona-fields.ts');
  writeFileSync(file, typegen(config));
  return import(/* @vite-ignore */ file);
}

it('writes a module that the compiler takes, with the fields as its types', () => {
  const use = `
    import { PersonaClient } from 'persona-client';
    import { attributes, type Psychographic } from './__fields.js';
    const client = new PersonaClient({ attributes });
    const { mood, pets, toys, notes } = await client.psychographic.get(1);
    const exactly: 'calm' | 'bu"sy' | "it's" | null | undefined = mood;
    const lists: [string[] | null | undefined, ('ball' | 'stick')[] | null | undefined] = [pets, toys];
    const dict: Record<string, string> | null | undefined = notes;
    const whole: Psychographic = { mood: 'calm', 'from a later day': { any: ['thing'] }, ['__proto__']: 'x' };
    await client.psychographic.update(1, { toys: ['ball'], unknown: 1 });
  `;
  expect(typeErrors({ fields: typegen(CONFIG), use })).toEqual([]);
  expect(typeErrors({ fields: typegen(CONFIG), use: use.replace("['ball']", "['bone']") })).toHaveLength(1);
}, 60_000);

it('whose schemas refuse what the service would refuse, through defineAttributes', async () => {
  const { attributes } = await written(CONFIG);
  const { url, asked } = await serve({ dialect: 'attributes' });
  const client = new PersonaClient({ baseUrl: url, attributes });
  for (const wrong of [{ mood: 'angry' }, { pets: 'cat' }, { toys: ['bone'] }, { notes: ['x'] }])
    await failureOf(PersonaValidationError, client.psychographic.update(1, wrong as never));
  expect(asked()).toEqual([]);
  const right = {
    mood: "it's",
    pets: ['cat'],
    toys: [],
    notes: { a: 'b' },
    'from a later day': 5,
    free: true,
  };
  expect(await client.psychographic.update(1, right as never)).toMatchObject(right);
  client.close();
});

it('whatever the names, options and descriptions are, it stays one module of the same shape', () => {
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
    fc.property(config, (given) => {
      const code = typegen(given as FieldConfig);
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
        // in plain sight it would set a prototype
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
      expect(new Set(keys)).toEqual(new Set(given.psychographic.fields.map(({ name }) => name)));
    }),
    { numRuns: 300 },
  );
});
