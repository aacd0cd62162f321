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
import { createTestClient, startService } from './service.js';

export const PROTOCOL_VERSIONS = ['2025-11-25', '2026-07-28'] as const;
export type ProtocolVersion = (typeof PROTOCOL_VERSIONS)[number];

/** A user who responds to elicitation requests. */
export interface TestUser {
  /** The messages that the client has shown to the user. */
  readonly messages: string[];
  response: ElicitResult | (() => ElicitResult | Promise<ElicitResult>);
}

export const createUser = (response: TestUser['response']): TestUser => ({ messages: [], response });
export const CONFIRM: ElicitResult = { action: 'accept', content: { confirm: true } };

/** Connects an MCP client until the test ends. A client with a user supports elicitation. */
export async function connect(
  transport: Transport,
  version: ProtocolVersion,
  user?: TestUser,
): Promise<Client> {
  const capabilities: ClientCapabilities = user ? { elicitation: { form: {} } } : {};
  const mode = version === '2026-07-28' ? { pin: version } : ('legacy' as const);
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { capabilities, versionNegotiation: { mode } },
  );
  if (user)
    client.setRequestHandler('elicitation/create', ({ params }) => {
      user.messages.push(params.message);
      return typeof user.response === 'function' ? user.response() : user.response;
    });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

type ServerOptions = Omit<PersonaMcpOptions, 'client'>;

/** Starts a service, a client and an MCP server on a TCP port until the test ends. */
export async function setupMcp(options: ServerOptions = {}, serviceOptions: PersonaServiceOptions = {}) {
  const testService = await startService(serviceOptions);
  const client = createTestClient({
    baseUrl: testService.url,
    retry: false,
    breaker: false,
    deadlineMs: 10_000, // shorter than the Retry-After of a test
  });
  const server = createPersonaMcpServer({ client, ...options });
  const { address, close } = await listenMcpSocket(server, { port: 0 });
  onTestFinished(close);
  const port = Number(address.split(':').at(-1));
  return {
    ...testService,
    client,
    server,
    port,
    connect: (version: ProtocolVersion, user?: TestUser) =>
      connect(new TcpClientTransport('127.0.0.1', port), version, user),
    /** The write requests that the service received, such as `PUT /api/v1/personas/1`. */
    writes: () =>
      testService.service.requests
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path }) => `${method} ${path}`),
  };
}

type ToolResult = Awaited<ReturnType<Client['callTool']>>;

/** Returns the text of a result, which must have exactly one text block. */
export function resultText({ content }: Pick<ToolResult, 'content'>): string {
  const [block, ...others] = content;
  expect(others).toEqual([]);
  if (block?.type !== 'text') return expect.fail(`no text: ${JSON.stringify(block)}`);
  return block.text;
}

/** Calls a tool that must succeed, and returns its output. */
export async function callTool(client: Client, name: string, args: Record<string, unknown> = {}) {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) expect.fail(`${name} failed: ${resultText(result)}`);
  const output = JSON.parse(resultText(result));
  expect(result.structuredContent).toEqual(output);
  return output;
}

/** Calls a tool that must fail, and returns its error message. */
export async function callToolError(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const result = await client.callTool({ name, arguments: args });
  if (!result.isError) expect.fail(`${name} succeeded: ${resultText(result)}`);
  return resultText(result);
}
