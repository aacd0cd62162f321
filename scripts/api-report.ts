/**
 * The public surface of each subpath as text, from the built declarations: `api/<name>.txt`. Run after a build.
 * With `--check` it writes nothing and fails when a surface differs from its report.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import ts from 'typescript';
import manifest from '../package.json' with { type: 'json' };

const entries = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'string' ? [] : [target.import.types],
);
const program = ts.createProgram(entries, {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  types: ['node'],
});
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });

/** What is exported, and below it everything of ours that it is made of. */
function reportOf(file: string): string {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is missing: npm run build`);
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [target(symbol), symbol.name]));
  const parts = new Map<ts.Symbol, string>();
  const add = (symbol: ts.Symbol): void => {
    const own = symbol.declarations?.filter(isOurs) ?? [];
    if (parts.has(symbol) || own.length === 0) return;
    const name = exported.get(symbol);
    parts.set(symbol, `${name === undefined ? '(not exported) ' : ''}${own.map(printed).join('\n')}`);
    const visit = (node: ts.Node): void => {
      const found = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
      if (found) add(target(found));
      ts.forEachChild(node, visit);
    };
    for (const declaration of own) visit(declaration);
  };
  for (const symbol of exported.keys()) add(symbol);
  const names = [...exported.values()].sort().join('\n');
  return `Exports\n\n${names}\n\nDeclarations\n\n${[...parts.values()].sort().join('\n\n')}\n`;
}

const target = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** A statement of the built declarations; parts of one come with it. */
const isOurs = (node: ts.Node): boolean =>
  /(?:^|\/)dist\/[^/]+\.d\.ts$/.test(node.getSourceFile().fileName) &&
  (ts.isSourceFile(node.parent) || ts.isVariableDeclaration(node));

function printed(node: ts.Node): string {
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return printer
    .printNode(ts.EmitHint.Unspecified, statement, node.getSourceFile())
    .replace(/^(?:export )?(?:declare )?/, '');
}

const check = process.argv.includes('--check');
mkdirSync('api', { recursive: true });
const changed = entries.filter((entry) => {
  const path = `api/${basename(entry, '.d.ts')}.txt`;
  const report = reportOf(entry);
  let known = '';
  try {
    known = readFileSync(path, 'utf8');
  } catch {}
  if (known === report) return false;
  if (!check) writeFileSync(path, report);
  return true;
});
if (changed.length === 0) console.log(`api: ${entries.length} reports are up to date`);
else if (!check) console.log(`api: written for ${changed.join(', ')}`);
else {
  console.error(
    `The public surface has changed: ${changed.join(', ')}. If it should, run npm run api and commit api/.`,
  );
  process.exitCode = 1;
}
