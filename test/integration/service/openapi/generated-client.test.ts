import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { runExample } from '../../../support/run-example.js';
import { startService } from '../../../support/service.js';
import { KINDS } from './support.js';

const EXPECTED_LINES = {
  subresource: [
    '2 of 5 personas',
    'Example User lives in San Francisco',
    'Rejected: Length must be between 1 and 100.',
    '404: Persona with ID … not found',
  ],
  attributes: [
    '2 of 5 personas on 3 pages',
    'Season: spring, mood: calm',
    'Fields: 8',
    '404: Persona not found',
  ],
};

const generateTypes = async (kind: (typeof KINDS)[number]) =>
  astToString(await openapiTS(new URL(`file://${process.cwd()}/openapi/${kind}.json`), { silent: true }));

/** Uses of the generated types that are mistakes. */
const MISTAKES = `
  import type { components, paths } from './persona-service.js';
  export const number: components['schemas']['PersonaCreate'] = { name: 5 };
  export const unknown: components['schemas']['PersonaCreate'] = { name: 'x', demographic: { shoe: 1 } };
  export type Unknown = paths['/api/v1/nothing'];`;

/** Compiles modules in `examples/openapi`, with the options of this project, which are strict. Returns the errors. */
function compile(modules: Readonly<Record<string, string>>): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, process.cwd());
  const files = new Map(
    Object.entries(modules).map(([name, code]) => [`${process.cwd()}/examples/openapi/${name}.ts`, code]),
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = files.get(path);
    return text === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, text, version);
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host))
    .map(
      ({ file, messageText }) =>
        `${basename(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
}

describe.each(KINDS)('a client generated from openapi/%s.json', (kind) => {
  it('compiles, and rejects mistakes', { timeout: 120_000 }, async () => {
    const example = readFileSync(`examples/openapi/${kind}.ts`, 'utf8');
    const types = await generateTypes(kind);
    expect(compile({ example, mistakes: MISTAKES, 'persona-service': types })).toEqual([
      expect.stringMatching(/^mistakes\.ts: .*'number' is not assignable to type 'string'/),
      expect.stringMatching(/^mistakes\.ts: .*'shoe' does not exist/),
      expect.stringMatching(/^mistakes\.ts: .*'\/api\/v1\/nothing' does not exist/),
    ]);
  });

  it('talks to the local service', { timeout: 60_000 }, async () => {
    const { url } = await startService({ dialect: kind });
    const { code, lines, stderr } = await runExample(`openapi/${kind}`, { PERSONA_API_URL: url });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines).toEqual(EXPECTED_LINES[kind]);
  });
});
