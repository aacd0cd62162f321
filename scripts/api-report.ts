/**
 * Writes the public API of each subpath to `api/<name>.txt`, from the built declarations. Needs a build.
 *
 * With `--check`, writes nothing and fails if the API differs from a report.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** Lists the exports, and the declarations of this package that they refer to. */
function createReport(file: string): string {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} does not exist. Run npm run build first.`);
  const exported = new Map(
    checker.getExportsOfModule(module).map((symbol) => [resolveAlias(symbol), symbol.name]),
  );
  const texts = new Map<ts.Symbol, string>();
  const add = (symbol: ts.Symbol): void => {
    const declarations = symbol.declarations?.filter(isOwnStatement) ?? [];
    if (texts.has(symbol) || declarations.length === 0) return;
    const name = exported.get(symbol);
    const text = declarations.map(printDeclaration).join('\n');
    texts.set(symbol, name === undefined ? `(not exported) ${text}` : text);
    const visit = (node: ts.Node): void => {
      const reference = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
      if (reference) add(resolveAlias(reference));
      ts.forEachChild(node, visit);
    };
    for (const declaration of declarations) visit(declaration);
  };
  for (const symbol of exported.keys()) add(symbol);
  const names = [...exported.values()].sort().join('\n');
  return `Exports\n\n${names}\n\nDeclarations\n\n${[...texts.values()].sort().join('\n\n')}\n`;
}

const resolveAlias = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** True for a top-level statement of the built declarations. */
const isOwnStatement = (node: ts.Node): boolean =>
  /(?:^|\/)dist\/[^/]+\.d\.c?ts$/.test(node.getSourceFile().fileName) &&
  (ts.isSourceFile(node.parent) || ts.isVariableDeclaration(node));

function printDeclaration(node: ts.Node): string {
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  const file = node.getSourceFile();
  const { transformed } = ts.transform(statement, [sortUnions(file)]);
  return printer
    .printNode(ts.EmitHint.Unspecified, transformed[0] ?? statement, file)
    .replace(/^(?:export )?(?:declare )?/, '');
}

/** Sorts the members of unions, because the compiler writes an inferred union in the order in which it met the members. */
const sortUnions =
  (file: ts.SourceFile): ts.TransformerFactory<ts.Node> =>
  (context) => {
    const visit = (node: ts.Node): ts.Node => {
      const visited = ts.visitEachChild(node, visit, context);
      if (!ts.isUnionTypeNode(visited)) return visited;
      const print = (type: ts.TypeNode) => printer.printNode(ts.EmitHint.Unspecified, type, file);
      const types = visited.types.toSorted((a, b) => (print(a) < print(b) ? -1 : 1));
      return ts.factory.updateUnionTypeNode(visited, ts.factory.createNodeArray(types));
    };
    return (root) => visit(root);
  };

const check = process.argv.includes('--check');
mkdirSync('api', { recursive: true });
const changed = entries.filter((entry) => {
  const path = `api/${basename(entry, '.d.ts')}.txt`;
  const report = createReport(entry);
  const previous = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (previous === report) return false;
  if (!check) writeFileSync(path, report);
  return true;
});
if (changed.length === 0) console.log(`api: ${entries.length} reports are up to date`);
else if (!check) console.log(`api: wrote the reports of ${changed.join(', ')}`);
else {
  console.error(
    `The public API has changed: ${changed.join(', ')}. If this is intended, run npm run api and commit api/.`,
  );
  process.exitCode = 1;
}
