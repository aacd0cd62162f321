/**
 * Builds the package into `dist`:
 *
 * 1. the ES modules and the declarations, as `tsup.config.ts` describes them
 * 2. CommonJS files, converted from the ES modules, for Jest and older bundlers. All entries share their chunks. The
 *    CommonJS file of the MCP entry loads its ES module
 * 3. the declarations of the ES modules, which re-export those of the CommonJS files
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { rollup } from 'rollup';
import { build } from 'tsup';
import ts from 'typescript';
import { DECLARATIONS, LIBRARY_ENTRIES, MCP, MINIFIED, PACKAGE_NAMES } from '../tsup.config.js';

const MAX_LINE_LENGTH = 200;
const ENTRY_NAMES = Object.keys(LIBRARY_ENTRIES);

process.chdir(fileURLToPath(new URL('../', import.meta.url)));
rmSync('dist', { recursive: true, force: true });
await Promise.all([build({ silent: true }), build({ ...DECLARATIONS, config: false, silent: true })]);
await buildCommonJs();
writeModuleDeclarations();
indentDeclarations();
formatLibrary();
compactScripts();

/** Converts the ES modules with Rollup, because esbuild cannot split CommonJS, and renames classes in single files. */
async function buildCommonJs(): Promise<void> {
  const names = [...ENTRY_NAMES, ...PACKAGE_NAMES].filter((name) => name !== MCP);
  const bundle = await rollup({
    input: Object.fromEntries(names.map((name) => [name, `dist/${name}.js`])),
    external: /^[^./]/,
    treeshake: false,
    // Rollup warns, for example, if a file of scripts/packages lacks a name that other files import.
    onwarn: ({ message }) => {
      throw new Error(message);
    },
  });
  await bundle.write({
    dir: 'dist',
    format: 'cjs',
    exports: 'named',
    interop: 'auto',
    // Rollup's plugin for CommonJS recognizes `__esModule` only without the symbols.
    generatedCode: { preset: 'es2015', symbols: false },
    dynamicImportInCjs: false, // Jest does not support `import()`
    freeze: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: ({ name }) => `${name.replace(/-[A-Z0-9]{8}$/, '')}-[hash].cjs`,
    hashCharacters: 'base36',
  });
  // All supported versions of Node.js, Bun and Deno can require an ES module. Few programs test an MCP server with Jest.
  writeFileSync(`dist/${MCP}.cjs`, `module.exports = require('./${MCP}.js');\n`);
}

/**
 * Writes `.d.ts` files that re-export the `.d.cts` files, so that a class has the same type in both module formats. If an entry
 * imports the MCP SDK or TanStack Query, copies its declarations, because those packages may have other types for ES modules.
 */
function writeModuleDeclarations(): void {
  for (const name of ENTRY_NAMES) {
    const declarations = readFileSync(`dist/${name}.d.cts`, 'utf8');
    const importsPackage = /\bfrom '(?:@modelcontextprotocol|@tanstack)\//.test(declarations);
    writeFileSync(`dist/${name}.d.ts`, importsPackage ? declarations : `export * from './${name}.cjs';\n`);
  }
}

/** Indents the declarations with tabs, as Biome does with the code. */
function indentDeclarations(): void {
  for (const file of readdirSync('dist').filter((name) => /\.d\.c?ts$/.test(name))) {
    const declarations = readFileSync(`dist/${file}`, 'utf8');
    writeFileSync(
      `dist/${file}`,
      declarations.replaceAll(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4)),
    );
  }
}

/**
 * Formats the ES modules of the library, because users debug them, and Node.js prints the line of an uncaught error: a long line hides
 * the error. The command, the MCP server and bundled packages stay minified. CommonJS files keep their names, but get no indentation.
 */
function formatLibrary(): void {
  const files = listScripts().filter((file) => !isCompact(file));
  const style = [
    '--indent-style=tab',
    '--line-width=140',
    '--arrow-parentheses=as-needed',
    '--trailing-commas=none',
    '--semicolons=as-needed',
    '--bracket-spacing=false',
  ];
  const options = ['--write', '--log-level=error', '--vcs-enabled=false', '--files-max-size=10000000'];
  execFileSync('biome', ['format', ...options, ...style, ...files.map((file) => `dist/${file}`)], {
    stdio: 'inherit',
  });
}

/**
 * Shortens what the bundler joined in the compact files, and breaks their lines. esbuild's `lineLimit` would break strings, too, and
 * tools that indent lines, such as Rollup's plugin for CommonJS, would change such strings.
 */
function compactScripts(): void {
  for (const file of listScripts().filter(isCompact)) {
    const options = { minifyWhitespace: true, minifySyntax: true, legalComments: 'inline' } as const;
    const { code } = transformSync(readFileSync(`dist/${file}`, 'utf8'), options);
    writeFileSync(`dist/${file}`, breakLines(code));
  }
}

/** Breaks long lines before statements, arguments, properties and other elements of lists. */
function breakLines(code: string): string {
  const starts = new Set<number>();
  const source = ts.createSourceFile('file.js', code, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken)
      starts.add(node.right.getStart(source));
    ts.forEachChild(node, visit, (elements) => {
      for (const element of elements) {
        if (element !== elements[0]) starts.add(element.getStart(source));
        visit(element);
      }
    });
  };
  visit(source);
  let result = '';
  let lineStart = 0;
  const sorted = [...starts, code.length].sort((a, b) => a - b);
  for (const [index, start] of sorted.entries()) {
    const next = sorted[index + 1] ?? start;
    if (next - lineStart <= MAX_LINE_LENGTH && start !== code.length) continue;
    result += code.slice(lineStart, start);
    if (start !== code.length) result += '\n';
    lineStart = start;
  }
  return result;
}

function listScripts(): string[] {
  return readdirSync('dist').filter((file) => /\.c?js$/.test(file));
}

function isCompact(file: string): boolean {
  return (
    file.endsWith('.cjs') ||
    MINIFIED.some((name) => file.startsWith(`${name}.`) || file.startsWith(`${name}-`))
  );
}
