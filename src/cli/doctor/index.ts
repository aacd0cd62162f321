import { PersonaError } from '../../index.js';
import { address, clock, cors, proxy, reachability } from './network.js';
import { authentication, dialect, latency } from './service.js';
import { tls } from './tls.js';
import type { Check, Finding, Patient } from './types.js';

const CHECK_TAKES_MS = 10_000;

/** In this order; those marked need a service that has answered. */
const CHECKS: readonly (readonly [name: string, check: Check, needsService?: true])[] = [
  ['address', address],
  ['proxy', proxy],
  ['tls', tls],
  ['reachability', reachability],
  ['clock', clock, true],
  ['authentication', authentication, true],
  ['dialect', dialect, true],
  ['cors', cors, true],
  ['latency', latency, true],
];

const ADVICE: Readonly<Record<string, string>> = {
  connection_failed:
    'See that the service runs there (persona-client serve, for a local one), and what stands between.',
  timeout: 'See what the service is busy with; raise --timeout if it is far away.',
  route_not_found: 'See that the URL is that of a Persona Service.',
  invalid_response:
    'Something else answered: see that the URL is that of a Persona Service, and what stands in front of it.',
  unexpected_status:
    'Something else answered: see that the URL is that of a Persona Service, and what stands in front of it.',
  auth_unsupported: 'Unset PERSONA_USERNAME and PERSONA_PASSWORD, which this service has no use for.',
  server_error: "See the service's own logs.",
};

const SEE_TLS = 'See what is said of tls.';

/** One finding after the other, each as soon as it is there. */
export async function* examine(
  patient: Omit<Patient, 'signal' | 'reachable'>,
  interrupted: AbortSignal,
): AsyncGenerator<Finding> {
  const state = { reachable: false, tlsFailed: false };
  for (const [name, check, needsService] of CHECKS) {
    if (needsService && !state.reachable) {
      yield { check: name, state: 'skipped', found: 'the service cannot be reached' };
      continue;
    }
    const signal = AbortSignal.any([interrupted, AbortSignal.timeout(CHECK_TAKES_MS)]);
    const own: Patient = { ...patient, signal, reachable: state.reachable };
    const finding = await check(own).catch((error: unknown) => {
      interrupted.throwIfAborted();
      const failure = failureOf(error);
      return name === 'reachability' && state.tlsFailed ? { ...failure, advice: SEE_TLS } : failure;
    });
    yield { check: name, ...finding };
    state.reachable ||= own.reachable;
    state.tlsFailed ||= name === 'tls' && finding.state === 'failed';
  }
}

function failureOf(error: unknown): Omit<Finding, 'check'> {
  const code = error instanceof PersonaError ? error.code : undefined;
  const system = (error as { code?: unknown }).code;
  const isName = system === 'ENOTFOUND' || system === 'EAI_AGAIN';
  const advice = isName
    ? 'See that the host name is spelt right, and that this machine can resolve it.'
    : ADVICE[code ?? 'connection_failed'];
  return {
    state: 'failed',
    found: isName ? 'the host name has no address' : error instanceof Error ? error.message : String(error),
    ...(advice && { advice }),
  };
}
