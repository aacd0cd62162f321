import * as nodeFs from 'node:fs';
import * as nodeTest from 'node:test';
import { format } from 'node:util';
import * as mcpClient from '@modelcontextprotocol/client';
import * as queryCore from '@tanstack/query-core';
import * as reactQuery from '@tanstack/react-query';
import * as keyv from 'keyv';
import * as msw from 'msw';
import * as mswNode from 'msw/node';
import * as core from 'persona-client';
import * as browse from 'persona-client/browse';
import * as browser from 'persona-client/browser';
import * as collections from 'persona-client/collections';
import * as mcp from 'persona-client/mcp';
import * as node from 'persona-client/node';
import openapi from 'persona-client/openapi.json' with { type: 'json' };
import * as otel from 'persona-client/otel';
import * as query from 'persona-client/query';
import * as testing from 'persona-client/testing';
import { createElement, type FunctionComponent } from 'react';
import * as jsxRuntime from 'react/jsx-runtime';
import { renderToString } from 'react-dom/server';
import ts from 'typescript';
import * as zod from 'zod';
import * as zodMini from 'zod/mini';

/** Declares the only variable that a block may use without defining it. */
const AMBIENT_TYPES = `
  declare global {
    const client: import('persona-client').PersonaClient;
  }
`;

export type Modules = Readonly<Record<string, unknown>>;

const MODULES: Modules = {
  keyv,
  'node:fs': nodeFs,
  'node:test': nodeTest,
  'persona-client': core,
  'persona-client/browse': browse,
  'persona-client/browser': browser,
  'persona-client/collections': collections,
  'persona-client/mcp': mcp,
  'persona-client/node': node,
  'persona-client/otel': otel,
  'persona-client/openapi.json': { default: openapi },
  'persona-client/query': query,
  'persona-client/testing': testing,
  'react/jsx-runtime': jsxRuntime,
  zod,
  'zod/mini': zodMini,
  msw,
  'msw/node': mswNode,
  '@modelcontextprotocol/client': mcpClient,
  '@tanstack/query-core': queryCore,
  '@tanstack/react-query': reactQuery,
};

const AsyncFunction = (async () => {}).constructor as new (
  ...parametersAndBody: string[]
) => (...values: unknown[]) => Promise<void>;

const IMPORT = /^import (?:\* as (\w+)|\{(.*)\}|(\w+)) from ['"]([^'"]*)['"](?: with .*)?;$/gm;

/** Runs a TypeScript module with these variables in scope, and renders its component `App`, if any. Returns the lines that it logs. */
export async function runModule(
  code: string,
  variables: Readonly<Record<string, unknown>>,
  extraModules: Modules = {},
): Promise<string[]> {
  const modules = { ...MODULES, ...extraModules };
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    jsx: ts.JsxEmit.ReactJSX,
  };
  const { outputText } = ts.transpileModule(code, { compilerOptions, fileName: 'block.tsx' });
  const body = outputText
    .replace(/^export \{\};$/m, '')
    .replace(/^export default \{/m, 'const handler = {')
    .replace(/^export /gm, '')
    .replace(IMPORT, (_, namespace, bindings, defaultName, path: string) => {
      if (!(path in modules)) throw new Error(`Blocks cannot import ${path}. Add it to MODULES.`);
      const target =
        namespace ?? (bindings ? `{${bindings.replaceAll(' as ', ': ')}}` : `{default: ${defaultName}}`);
      return `const ${target} = __modules['${path}'];`;
    });
  const render = /\bfunction App\(/.test(body) ? '__render(App);' : '';

  const lines: string[] = [];
  const log = (...values: unknown[]) => void lines.push(format(...values));
  const scope = {
    __modules: modules,
    __render: (App: FunctionComponent) => renderToString(createElement(App)),
    console: { ...console, debug: log, info: log, log, warn: log, error: log },
    ...variables,
  };
  await new AsyncFunction(...Object.keys(scope), `{ ${body} \n${render} }`)(...Object.values(scope));
  return lines;
}

/** Returns the output that a block documents: `console.log(…); // output`. */
export const expectedOutput = (code: string): string[] =>
  [...code.matchAll(/console\.log\(.*\); \/\/ (?!logs: )(.+)$/gm)].map(([, line = '']) => line);

/** Type-checks modules with the project's compiler options. The keys of `modules` are file names or paths, the values are code. */
export function findTypeErrors(modules: Readonly<Record<string, string>>): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, process.cwd());
  const options = { ...parsed.options, noUnusedLocals: false, incremental: false };
  const host = ts.createCompilerHost(options);
  const virtual = new Map(
    Object.entries({ ...modules, 'ambient.ts': AMBIENT_TYPES }).map(([name, code]) => [
      name.includes('/') ? `${process.cwd()}/${name}` : `${process.cwd()}/test/docs/readme/__${name}`,
      `${code}\nexport {};`,
    ]),
  );
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (path) => virtual.has(path) || fileExists(path);
  host.readFile = (path) => virtual.get(path) ?? readFile(path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = virtual.get(path);
    return text === undefined
      ? getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, text, languageVersion);
  };
  const program = ts.createProgram([...virtual.keys()], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || virtual.has(file.fileName))
    .map(({ file, start, messageText }) => {
      const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      const name = file?.fileName.replace(/^.*__/, '') ?? '';
      return `${name} line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
}
