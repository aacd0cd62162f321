import { readFileSync } from 'node:fs';
import { createPersonaService, type Fault, type PersonaService } from 'persona-client/testing';
import { onTestFinished } from 'vitest';
import type { ProtocolVersion } from '../../support/mcp.js';
import { BUILD_ENTRY, type RpcMessage, startMcpCommand } from '../../support/mcp-command.js';

/** One line of `hostile-cases.jsonl`. The area, which is the name before the number, determines the fields. */
export interface Case {
  readonly case: string;
  readonly tool: string;
  readonly args: Record<string, unknown>;
  /** Arguments as JSON text, for keys that an object literal cannot have, such as `__proto__`. */
  readonly argsText: string;
  readonly uri: string;
  readonly text: string;
  readonly prompt: string;
  readonly value: string;
  readonly state: string;
  readonly bytes: string;
  readonly lines: readonly string[];
  readonly fault: Fault;
  readonly elicitation: 'decline' | 'cancel' | 'no' | 'yes' | 'later';
  readonly times: number;
  /** The number of intended writes. @default 0 */
  readonly writes?: number;
  readonly method?: string;
  readonly path?: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly items?: number;
  readonly keys?: number;
  readonly depth?: number;
  readonly length: number;
}

export const CASES: readonly Case[] = readFileSync(new URL('./hostile-cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

export const caseArea = ({ case: name }: Case): string => name.replace(/-\d+$/, '');

/** None of these may appear in the output of a server. */
export const SECRETS = {
  api: 'api-token-3f9c1e',
  mcp: 'mcp-token-77ab02',
  upstream: 'upstream-secret-c0ffee',
} as const;

/** The output and the unintended writes of all servers of a run. */
export interface RunLog {
  readonly frames: string[];
  unintendedWrites: string[];
}

/** Starts a service on a socket that reports the writes since the last call of `newWrites`. */
export async function startMonitoredService(dialect: 'subresource' | 'attributes' = 'subresource') {
  const service: PersonaService = createPersonaService({ dialect });
  onTestFinished(() => service.close());
  const { url } = await service.listen({ port: 0 });
  let reported = 0;
  return {
    service,
    url,
    /** Stores a persona directly in the service. */
    async store(id: number, persona: object): Promise<void> {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'PUT', headers, body: JSON.stringify(persona) };
      const response = await service.fetch(`http://any/api/v1/personas/${id}`, init);
      if (!response.ok) throw new Error(`the service rejected the persona: ${await response.text()}`);
      reported = service.requests.length;
    },
    newWrites(): string[] {
      const writes = service.requests.slice(reported).filter(({ method }) => method !== 'GET');
      reported = service.requests.length;
      return writes.map(({ method, path }) => `${method} ${path}`);
    },
  };
}

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  'io.modelcontextprotocol/clientInfo': { name: 'hostile', version: '1.0.0' },
};

/** Starts the built command, with a client that supports elicitation. */
export async function startHostileClient(
  version: ProtocolVersion,
  url: string,
  runLog: RunLog,
  flags: readonly string[] = [],
) {
  const environment = {
    PERSONA_API_URL: url,
    PERSONA_API_TOKEN: SECRETS.api,
    PERSONA_MCP_TOKEN: SECRETS.mcp,
  };
  const mcp = startMcpCommand(['--log-level', 'debug', ...flags], environment, BUILD_ENTRY);
  const elicitations: string[] = [];
  let elicitation: Case['elicitation'] = 'decline';
  const createResponse = () =>
    elicitation === 'later'
      ? undefined
      : elicitation === 'decline' || elicitation === 'cancel'
        ? { action: elicitation }
        : { action: 'accept', content: { confirm: elicitation === 'yes' } };
  mcp.onServerRequest(({ method, params }) => {
    if (method !== 'elicitation/create') return undefined;
    elicitations.push(params?.message ?? '');
    return createResponse();
  });
  onTestFinished(() => {
    runLog.frames.push(...mcp.stdout, mcp.stderr());
  });
  const withEnvelope = (params: object) =>
    version === '2026-07-28' ? { ...params, _meta: ENVELOPE } : params;
  if (version === '2025-11-25') {
    const params = {
      protocolVersion: version,
      capabilities: { elicitation: {} },
      clientInfo: { name: 'hostile', version: '1.0.0' },
    };
    await mcp.sendRequest({ method: 'initialize', params });
    mcp.sendMessage({ method: 'notifications/initialized' });
  }
  return {
    ...mcp,
    elicitations,
    setElicitation(next: Case['elicitation']) {
      elicitation = next;
    },
    /** Sends a request, with the envelope of the protocol version. */
    request: (method: string, params: object): Promise<RpcMessage> =>
      mcp.sendRequest({ method, params: withEnvelope(params) }),
    /** Writes a raw line. */
    writeLine: (text: string) => mcp.child.stdin.write(`${text}\n`),
    envelope: version === '2026-07-28' ? `,"_meta":${JSON.stringify(ENVELOPE)}` : '',
  };
}
export type HostileClient = Awaited<ReturnType<typeof startHostileClient>>;

/** Whether a call failed with a tool error or a protocol error, or deleted nothing. */
export const isRejected = ({ result, error }: RpcMessage): boolean =>
  error !== undefined || result?.isError === true || result?.deleted === false;

/** Characters without a glyph. Control characters appear as JSON escapes; newlines are allowed. */
export const INVISIBLE =
  /\p{Default_Ignorable_Code_Point}|\p{Cf}|[\u2028\u2029]|\\u(?:00[01][0-9a-f]|00[89][0-9a-f]|007f)/iu;
