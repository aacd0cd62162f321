/**
 * Defines the failure matrix: what each broken server means for a call, and in which runtimes this differs.
 *
 * The project `package` checks the matrix in each runtime, and docs/reference/runtimes.md shows it.
 */
import type { CallName, CellResult } from '../package/smoke/failures.js';

/**
 * What a runtime says about a broken server:
 *
 * - `not sent`: the connection failed, and nothing was sent
 * - `failed`: the connection failed, and the request may have been sent
 * - `timed out`: no complete response arrived in time
 * - `accepted`: the runtime accepts the response, and the client finds that its content is wrong
 */
export type Outcome = 'not sent' | 'failed' | 'timed out' | 'accepted';

/** The result of a call that is sent in `attempts` attempts, which all count for the circuit breaker if `isCounted`. */
const result = (error: string, attempts: number, maybeApplied = false, isCounted = true): CellResult => ({
  error,
  attempts,
  maybeApplied,
  countedFailures: isCounted ? attempts : 0,
});

/**
 * The results of an outcome if calls may be retried once. A read is retried, and a create only if it was not sent. A login is not
 * retried and not counted, and it changes no persona.
 */
export const RESULTS: Readonly<Record<Outcome, Readonly<Record<CallName, CellResult>>>> = {
  'not sent': {
    read: result('PersonaConnectionError', 2),
    create: result('PersonaConnectionError', 2),
    login: result('PersonaConnectionError', 1, false, false),
  },
  failed: {
    read: result('PersonaConnectionError', 2),
    create: result('PersonaConnectionError', 1, true),
    login: result('PersonaConnectionError', 1, false, false),
  },
  'timed out': {
    read: result('PersonaTimeoutError', 2),
    create: result('PersonaTimeoutError', 1, true),
    login: result('PersonaTimeoutError', 1, false, false),
  },
  accepted: {
    read: result('PersonaResponseError', 1, false, false),
    create: result('PersonaResponseError', 1, true, false),
    login: result('PersonaResponseError', 1, false, false),
  },
};

export const OUTCOMES = Object.keys(RESULTS) as Outcome[];

/** The broken servers, by their outcome in a runtime without differences. */
const SERVERS_BY_OUTCOME = {
  'not sent': ['a refused connection', 'a host that is not found', 'an untrusted certificate'],
  failed: [
    'plain text on a TLS port',
    'TLS on a plain port',
    'a close without a response',
    'a reset without a response',
    'a close of a reused connection',
    'an SSH banner',
    'a junk status line',
    'a reset in the headers',
    'headers that are cut',
    'a reset after the headers',
    'a reset in the body',
    'a body that is cut',
    'no last chunk',
    'chunks without sizes',
    'a body that is no gzip',
    'a body that is no brotli',
    'a body that is no deflate data',
  ],
  accepted: ['a body without a length that is cut'],
  'timed out': ['no response', 'headers that arrive slowly', 'a body that arrives slowly'],
} as const satisfies Record<Outcome, readonly string[]>;

/** More broken servers, which only `--full` runs. Their outcome is `failed`. */
const RARE_SERVERS = [
  'an echo of the request',
  'an echo, then a close',
  'an SMTP greeting',
  'HTTP/0.9',
  'status 000',
  'another protocol version',
  'bare line feeds',
  'a header without a colon',
  'a control character in a header',
  'headers that are too large',
  'a negative length',
  'two lengths',
  'a length and chunks',
  'a chunk that is too long',
  'a chunk that is cut',
  'a chunk with a huge size',
  'a protocol switch',
] as const;

export type BrokenServer = (typeof SERVERS_BY_OUTCOME)[Outcome][number] | (typeof RARE_SERVERS)[number];

const COMMON_SERVERS = Object.entries(SERVERS_BY_OUTCOME) as unknown as readonly (readonly [
  Outcome,
  readonly BrokenServer[],
])[];

/** Returns the names of the broken servers. */
export const listBrokenServers = (full: boolean): BrokenServer[] => [
  ...COMMON_SERVERS.flatMap(([, servers]) => servers),
  ...(full ? RARE_SERVERS : []),
];

/** How a runtime differs, and why. */
interface Difference {
  readonly servers: readonly BrokenServer[];
  /** The outcome in this runtime. @default the usual one */
  readonly outcome?: Outcome;
  /** The calls whose request the runtime itself may send several times per attempt. @default none */
  readonly resends?: readonly CallName[];
  readonly reason: string;
}

const HIDES_REASON: Difference = {
  servers: SERVERS_BY_OUTCOME['not sent'],
  outcome: 'failed',
  reason: 'the error does not tell why the connection failed',
};
const accepts = (reason: string, ...servers: readonly BrokenServer[]): Difference => ({
  servers,
  outcome: 'accepted',
  reason,
});
const LENIENT = 'the parser accepts it';
const NO_DEFLATE = accepts('does not decode it', 'a body that is no deflate data');
const resendsReads = (...servers: readonly BrokenServer[]): Difference => ({
  servers,
  resends: ['read'],
  reason: 'sends a GET again by itself',
});
const RESENDS_WRITES: Difference = {
  servers: ['a close of a reused connection'],
  resends: ['read', 'create', 'login'],
  reason: 'sends any request again by itself, so that the service can apply a create twice',
};
const DENO = [
  HIDES_REASON,
  NO_DEFLATE,
  accepts(LENIENT, 'bare line feeds', 'headers that are too large'),
  resendsReads(
    'a close without a response',
    'a reset without a response',
    'a close of a reused connection',
    'a reset in the headers',
    'headers that are cut',
  ),
];
const BUN = [
  accepts(LENIENT, 'bare line feeds', 'headers that are too large'),
  resendsReads('a close of a reused connection'),
];
const WORKERD = [HIDES_REASON, NO_DEFLATE, accepts(LENIENT, 'another protocol version', 'bare line feeds')];

interface Runtime {
  readonly differences?: readonly Difference[];
  /** Runs only with `--full`. */
  readonly isRare?: true;
}

/** Every runtime of the matrix. */
export const RUNTIMES = {
  'Node 22.13.0': {},
  'Node 22.23.3': {},
  'Node 24.21.0': {},
  'Node 26.10.0': {},
  'Bun 1.4.5': { differences: BUN },
  'Deno 2.9.5': { differences: DENO },
  'workerd 2026-07-30': { differences: WORKERD },
  Chromium: { differences: [HIDES_REASON, RESENDS_WRITES] },
  Firefox: {
    differences: [
      HIDES_REASON,
      RESENDS_WRITES,
      resendsReads('a close without a response', 'a reset without a response'),
    ],
  },
  'Jest 30.5.2': {},
  'vitest 5.1.1': {},
  'vitest 5.1.1 with jsdom 31.0.1': {},
  'vitest 5.1.1 with happy-dom 21.0.4': {
    differences: [
      HIDES_REASON,
      { servers: ['a protocol switch'], outcome: 'timed out', reason: 'its fetch never settles' },
    ],
  },
  'Node 24.21.0, CommonJS': { isRare: true },
  'Bun 1.4.5, CommonJS': { differences: BUN, isRare: true },
  'Deno 2.9.5, CommonJS': { differences: DENO, isRare: true },
  'workerd 2024-09-23': { differences: WORKERD, isRare: true },
  'workerd 2026-07-30 with nodejs_compat': { differences: WORKERD, isRare: true },
} as const satisfies Record<string, Runtime>;

export type RuntimeName = keyof typeof RUNTIMES;

/** Returns the names of the runtimes. */
export const listRuntimes = (full: boolean): RuntimeName[] =>
  (Object.keys(RUNTIMES) as RuntimeName[]).filter((name) => full || !findRuntime(name).isRare);

const findRuntime = (name: RuntimeName): Runtime => RUNTIMES[name];

/** What a runtime says about a server, and the calls whose request it may send several times per attempt. */
export function findExpectation(runtime: RuntimeName, server: BrokenServer) {
  const { differences = [] } = findRuntime(runtime);
  const { outcome = usualOutcome(server), resends = [] } =
    differences.find(({ servers }) => servers.includes(server)) ?? {};
  return { outcome, resends };
}

const usualOutcome = (server: BrokenServer): Outcome =>
  COMMON_SERVERS.find(([, servers]) => servers.includes(server))?.[0] ?? 'failed';

/** Formats the matrix as the Markdown tables of docs/reference/runtimes.md. */
export function formatFailureMatrix(): string {
  const differences = (server: BrokenServer): string => {
    const runtimes = new Map<string, RuntimeName[]>();
    for (const name of listRuntimes(false))
      for (const { servers, outcome, reason } of findRuntime(name).differences ?? [])
        if (servers.includes(server)) {
          const key = `${outcome ? `\`${outcome}\`, ` : ''}${reason}`;
          runtimes.set(key, [...(runtimes.get(key) ?? []), name]);
        }
    return [...runtimes].map(([key, names]) => `${names.join(', ')}: ${key}`).join('; ');
  };
  const rows = new Map<string, BrokenServer[]>();
  for (const server of listBrokenServers(true)) {
    const key = `\`${usualOutcome(server)}\` | ${differences(server)}`;
    rows.set(key, [...(rows.get(key) ?? []), server]);
  }
  const results = Object.entries(RESULTS).map(
    ([outcome, { read, create, login }]) =>
      `| \`${outcome}\` | \`${read.error}\` | ${[read, create, login].map(formatResult).join(' | ')} |`,
  );
  return [
    '| outcome | error | a read | a create | a login |',
    '|---|---|---|---|---|',
    ...results,
    '',
    '| server | outcome | except in |',
    '|---|---|---|',
    ...[...rows].map(([key, servers]) => `| ${servers.join(', ')} | ${key} |`),
  ].join('\n');
}

const formatResult = ({ attempts, maybeApplied, countedFailures = 0 }: CellResult): string =>
  [
    attempts > 1 ? 'retried' : 'not retried',
    countedFailures > 0 ? 'counted' : 'not counted',
    `\`maybeApplied\` ${maybeApplied}`,
  ].join(', ');
