import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { installApp } from '../support/install.js';

const PROGRAM = `
import { PersonaClient, PersonaError, type PersonaPage } from 'persona-client';
const client = new PersonaClient({ baseUrl: '', timeoutMs: 1, retry: { limit: 3, backoffMs: 1 }, breaker: { failMax: 5 } });
const page: PersonaPage = await client.personas.list({ page: 1, perPage: 20 });
[page.items, page.total, page.nextPage];
const { demographic, psychographic, behavioral, contextual } = await client.personas.get(1, { cache: { ttlMs: 1 } });
[demographic?.city, demographic?.age, psychographic?.interests, behavioral?.device_usage, contextual?.season];
await client.personas.create({ name: 'Ada', demographic: { region: '', geolocation: '' }, contextual: { weather: '' } });
await client.personas.update(1, { psychographic: { attitudes: [] } }, { ifUnmodifiedSince: '' });
await client.behavioral.update(1, { purchase_history: [] });
const error: unknown = undefined;
if (error instanceof PersonaError) [error.code, error.maybeApplied];
client.on('request', (event) => [event.method, event.url]);
`;

let app: Awaited<ReturnType<typeof installApp>>;
beforeAll(async () => {
  app = await installApp(inject('packed').tarball);
}, 300_000);
afterAll(() => app[Symbol.asyncDispose]());

function createLanguageService(file: string): ts.LanguageService {
  const { readFile, fileExists, directoryExists, getDirectories } = ts.sys;
  return ts.createLanguageService({
    readFile,
    fileExists,
    directoryExists,
    getDirectories,
    getCurrentDirectory: () => app.folder,
    getCompilationSettings: () => ({
      strict: true,
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
      types: [],
    }),
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) => {
      const text = readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  });
}

/** Finds the members that a program uses: in `a.member`, in `{ member: … }`, in `const { member } = a`, and after `new`. */
function findMembers(node: ts.Node): ts.Node[] {
  const member =
    ts.isPropertyAccessExpression(node) || ts.isPropertyAssignment(node) || ts.isBindingElement(node)
      ? node.name
      : ts.isNewExpression(node)
        ? node.expression
        : undefined;
  return [...(member ? [member] : []), ...node.getChildren().flatMap(findMembers)];
}

it('shows a comment for each method, option and field when an editor hovers over it', async () => {
  const file = join(app.folder, 'hover.mts');
  await writeFile(file, PROGRAM);
  const service = createLanguageService(file);
  expect(service.getSemanticDiagnostics(file).map(({ messageText }) => messageText)).toEqual([]);
  const source = service.getProgram()?.getSourceFile(file);
  const members = source ? findMembers(source) : [];
  expect(members.length).toBeGreaterThan(30);
  const comments = members.map((member) => ({
    member: member.getText(),
    comment: ts.displayPartsToString(service.getQuickInfoAtPosition(file, member.getStart())?.documentation),
  }));
  expect(comments.filter(({ comment }) => comment === '')).toEqual([]);
});
