import { readFileSync } from 'node:fs';
import { createPersonaService, type Fault, type PersonaService } from 'persona-client/testing';
import { onTestFinished } from 'vitest';
import { type Answer, BUILT, command } from '../../support/mcp-command.js';
import type { Era } from '../../support/mcp.js';

/** One line of `hostile-cases.jsonl`. Which fields there are depends on the area, the name before the number. */
export interface Case {
  readonly case: string;
  readonly tool: string;
  readonly args: Record<string, unknown>;
  /** Arguments that only their text can hold, as `__proto__` among the keys. */
  readonly argsText: string;
  readonly uri: string;
  readonly text: string;
  readonly prompt: string;
  readonly value: string;
  readonly state: string;
  readonly bytes: string;
  readonly lines: readonly string[];
  readonly fault: Fault;
  readonly answer: 'decline' | 'cancel' | 'no' | 'yes' | 'later';
  readonly times: number;
  /** Writes that are meant to be. @default 0 */
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

export const areaOf = (one: Case): string => one.case.replace(/-\d+$/, '');

/** None of these may appear in anything that the server says. */
export const SECRETS = {
  api: 'api-token-3f9c1e',
  mcp: 'mcp-token-77ab02',
  upstream: 'upstream-secret-c0ffee',
} as const;

/** Everything said by all servers of a run. */
export interface Ledger {
  readonly frames: string[];
  unintendedWrites: string[];
}

/** A service on a socket, and how many writes it was asked for since the last look. */
export async function target(dialect: 'subresource' | 'attributes' = 'subresource') {
  const service: PersonaService = createPersonaService({ dialect });
  onTestFinished(() => service.close());
  const { url } = await service.listen({ port: 0 });
  let seen = 0;
  return {
    service,
    url,
    /** Puts a persona as it is into the store, without the server. */
    async store(id: number, persona: object): Promise<void> {
      const headers = { 'content-type': 'application/json' };
      const put = { method: 'PUT', headers, body: JSON.stringify(persona) };
      const response = await service.fetch(`http://any/api/v1/personas/${id}`, put);
      if (!response.ok) throw new Error(`the store refused it: ${await response.text()}`);
      seen = service.requests.length;
    },
    newWrites(): string[] {
      const fresh = service.requests.slice(seen).filter(({ method }) => method !== 'GET');
      seen = service.requests.length;
      return fresh.map(({ method, path }) => `${method} ${path}`);
    },
  };
}

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  'io.modelcontextprotocol/clientInfo': { name: 'hostile', version: '1.0.0' },
};

/** The command as it is shipped, on stdin and stdout, as a client of an era that can ask its user. */
export async function speaker(era: Era, url: string, ledger: Ledger, flags: readonly string[] = []) {
  const environment = {
    PERSONA_API_URL: url,
    PERSONA_API_TOKEN: SECRETS.api,
    PERSONA_MCP_TOKEN: SECRETS.mcp,
  };
  const mcp = command(['--log-level', 'debug', ...flags], environment, BUILT);
  const questions: string[] = [];
  let answer: Case['answer'] = 'decline';
  const answerOf = () =>
    answer === 'later'
      ? undefined
      : answer === 'decline' || answer === 'cancel'
        ? { action: answer }
        : { action: 'accept', content: { confirm: answer === 'yes' } };
  mcp.onQuestion(({ method, params }) => {
    if (method !== 'elicitation/create') return undefined;
    questions.push(params?.message ?? '');
    return answerOf();
  });
  onTestFinished(() => {
    ledger.frames.push(...mcp.stdout, mcp.stderr());
  });
  const enveloped = (params: object) => (era === '2026-07-28' ? { ...params, _meta: ENVELOPE } : params);
  if (era === '2025-11-25') {
    const params = {
      protocolVersion: era,
      capabilities: { elicitation: {} },
      clientInfo: { name: 'hostile', version: '1.0.0' },
    };
    await mcp.ask({ method: 'initialize', params });
    mcp.send({ method: 'notifications/initialized' });
  }
  return {
    ...mcp,
    questions,
    answers(next: Case['answer']) {
      answer = next;
    },
    /** A request of this era. */
    request: (method: string, params: object): Promise<Answer> =>
      mcp.ask({ method, params: enveloped(params) }),
    /** A request whose params are this text, since no object could hold them. */
    write: (text: string) => mcp.child.stdin.write(`${text}\n`),
    envelope: era === '2026-07-28' ? `,"_meta":${JSON.stringify(ENVELOPE)}` : '',
  };
}
export type Speaker = Awaited<ReturnType<typeof speaker>>;

/** A tool's result or a protocol error: refused either way. */
export const isRefusal = ({ result, error }: Answer): boolean =>
  error !== undefined || result?.isError === true || result?.deleted === false;

/** Marks, zero-width and tag characters: what is drawn as nothing. Controls arrive as JSON escapes, newlines aside. */
export const INVISIBLE =
  /\p{Default_Ignorable_Code_Point}|\p{Cf}|[\u2028\u2029]|\\u(?:00[01][0-9a-f]|00[89][0-9a-f]|007f)/iu;
