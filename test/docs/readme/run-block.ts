import * as nodeTest from 'node:test';
import { format } from 'node:util';
import * as mcpClient from '@modelcontextprotocol/client';
import * as queryCore from '@tanstack/query-core';
import * as keyv from 'keyv';
import * as msw from 'msw';
import * as mswNode from 'msw/node';
import * as core from 'persona-client';
import * as browser from 'persona-client/browser';
import * as collections from 'persona-client/collections';
import * as mcp from 'persona-client/mcp';
import * as node from 'persona-client/node';
import * as otel from 'persona-client/otel';
import * as query from 'persona-client/query';
import * as testing from 'persona-client/testing';
import ts from 'typescript';
import * as zodMini from 'zod/mini';

/** Declares the variables that blocks may use without defining them. */
const AMBIENT_TYPES = `
  interface ExpressResponse {
    status(code: number): this;
    set(name: string, value: string): this;
    json(body: unknown): this;
  }
  declare global {
    const client: import('persona-client').PersonaClient;
    const url: string;
    const lastKnown: import('persona-client').Persona;
    const password: string;
    const token: string;
    const tokenFile: string;
    const folder: string;
    const rows: readonly import('persona-client').PersonaCreate[];
    const app: {
      get(
        path: string,
        handler: (request: { params: { id: string } }, response: ExpressResponse) => Promise<void>,
      ): void;
    };
  }
`;

const MODULES: Readonly<Record<string, unknown>> = {
  keyv,
  'node:test': nodeTest,
  'persona-client': core,
  'persona-client/browser': browser,
  'persona-client/collections': collections,
  'persona-client/mcp': mcp,
  'persona-client/node': node,
  'persona-client/otel': otel,
  'persona-client/query': query,
  'persona-client/testing': testing,
  'zod/mini': zodMini,
  msw,
  'msw/node': mswNode,
  '@modelcontextprotocol/client': mcpClient,
  '@tanstack/query-core': queryCore,
};

const AsyncFunction = (async () => {}).constructor as new (
  ...parametersAndBody: string[]
) => (...values: unknown[]) => Promise<void>;

/** Runs a TypeScript module with these variables in scope. Returns the lines that it logs. */
export async function runModule(
  code: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<string[]> {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  const body = outputText
    .replace(/^export \{\};$/m, '')
    .replace(/^import (?:\* as (\w+)|\{(.*)\}) from '(.*)';$/gm, (_, namespace, bindings, path: string) => {
      if (!(path in MODULES)) throw new Error(`Blocks cannot import ${path}. Add it to MODULES.`);
      return `const ${namespace ?? `{${bindings.replaceAll(' as ', ': ')}}`} = __modules['${path}'];`;
    });

  const lines: string[] = [];
  const log = (...values: unknown[]) => void lines.push(format(...values));
  const scope = { __modules: MODULES, console: { log, warn: log, error: log }, ...variables };
  await new AsyncFunction(...Object.keys(scope), `{ ${body} \n}`)(...Object.values(scope));
  return lines;
}

/** Returns the output that a block documents: `console.log(…); // output`. */
export const expectedOutput = (code: string): string[] =>
  [...code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(([, line = '']) => line);

/** Type-checks modules with the project's compiler options. The keys of `modules` are names or paths, the values are code. */
export function findTypeErrors(modules: Readonly<Record<string, string>>): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, process.cwd());
  const options = { ...parsed.options, noUnusedLocals: false, incremental: false };
  const host = ts.createCompilerHost(options);
  const virtual = new Map(
    Object.entries({ ...modules, ambient: AMBIENT_TYPES }).map(([name, code]) => [
      name.endsWith('.ts') ? `${process.cwd()}/${name}` : `${process.cwd()}/test/docs/readme/__${name}.ts`,
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
