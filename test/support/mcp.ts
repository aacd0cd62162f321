import {
  Client,
  type ClientCapabilities,
  type ElicitResult,
  type Transport,
} from '@modelcontextprotocol/client';
import {
  createPersonaMcpServer,
  listenMcpSocket,
  type PersonaMcpOptions,
  TcpClientTransport,
} from 'persona-client/mcp';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { expect, onTestFinished } from 'vitest';
import { clientOf, serve } from './service.js';

export const ERAS = ['2025-11-25', '2026-07-28'] as const;
export type Era = (typeof ERAS)[number];

/** What a user answers when asked; each question is kept. */
export interface User {
  readonly questions: string[];
  answer: ElicitResult | (() => ElicitResult | Promise<ElicitResult>);
}

export const user = (answer: User['answer']): User => ({ questions: [], answer });
export const YES: ElicitResult = { action: 'accept', content: { confirm: true } };

/** An MCP client for the length of a test; with a user, it can ask. */
export async function connect(transport: Transport, era: Era, asked?: User): Promise<Client> {
  const capabilities: ClientCapabilities = asked ? { elicitation: { form: {} } } : {};
  const mode = era === '2026-07-28' ? { pin: era } : ('legacy' as const);
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { capabilities, versionNegotiation: { mode } },
  );
  if (asked)
    client.setRequestHandler('elicitation/create', ({ params }) => {
      asked.questions.push(params.message);
      return typeof asked.answer === 'function' ? asked.answer() : asked.answer;
    });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

type ServerOptions = Omit<PersonaMcpOptions, 'client'>;

/** A service, a client of it, and an MCP server over it on a TCP port, for the length of a test. */
export async function world(options: ServerOptions = {}, service: PersonaServiceOptions = {}) {
  const served = await serve(service);
  const client = clientOf({ baseUrl: served.url, retry: false, breaker: false });
  const server = createPersonaMcpServer({ client, ...options });
  const { address, close } = await listenMcpSocket(server, { port: 0 });
  onTestFinished(close);
  const port = Number(address.split(':').at(-1));
  return {
    ...served,
    client,
    server,
    port,
    connect: (era: Era, asked?: User) => connect(new TcpClientTransport('127.0.0.1', port), era, asked),
    /** What was asked of the service, without the question which dialect it speaks. */
    writes: () =>
      served.service.requests
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path }) => `${method} ${path}`),
  };
}

type Called = Awaited<ReturnType<Client['callTool']>>;

/** The text of a result: one block, as all our tools give. */
export function textOf({ content }: Pick<Called, 'content'>): string {
  const [block, ...others] = content;
  expect(others).toEqual([]);
  if (block?.type !== 'text') return expect.fail(`no text: ${JSON.stringify(block)}`);
  return block.text;
}

/** Call a tool that has to succeed, and get what it told. */
export async function call(client: Client, name: string, args: Record<string, unknown> = {}) {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) expect.fail(`${name} failed: ${textOf(result)}`);
  const told = JSON.parse(textOf(result));
  expect(result.structuredContent).toEqual(told);
  return told;
}

/** Call a tool that has to fail, and get its words. */
export async function refusal(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const result = await client.callTool({ name, arguments: args });
  if (!result.isError) expect.fail(`${name} succeeded: ${textOf(result)}`);
  return textOf(result);
}
