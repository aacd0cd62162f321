/* Diagnoses problems between this machine and a service: network, TLS, credentials and configuration. */
import { raceAbort } from '../../core/abort.js';
import { PersonaError, PersonaResponseError } from '../../core/errors/index.js';
import { EXIT } from '../exit-codes.js';
import { getExitCode } from '../report-error.js';
import { checkAddress, checkClock, checkCors, checkProxy, checkReachability } from './network.js';
import { checkAuthentication, checkDialect, checkLatency } from './service.js';
import { checkTls } from './tls.js';
import type { Check, CheckResult, DoctorContext, DoctorTarget, Finding } from './types.js';

const CHECK_TIMEOUT_MS = 10_000;

interface CheckDefinition {
  readonly name: string;
  readonly check: Check;
  /** Whether to skip the check if the service is unreachable. */
  readonly needsService?: true;
}

const CHECKS: readonly CheckDefinition[] = [
  { name: 'address', check: checkAddress },
  { name: 'proxy', check: checkProxy },
  { name: 'tls', check: checkTls },
  { name: 'reachability', check: checkReachability },
  { name: 'clock', check: checkClock, needsService: true },
  { name: 'authentication', check: checkAuthentication, needsService: true },
  { name: 'dialect', check: checkDialect, needsService: true },
  { name: 'cors', check: checkCors, needsService: true },
  { name: 'latency', check: checkLatency, needsService: true },
];

const WRONG_SERVER_ADVICE =
  'Another server may have responded. Check that the URL points to a Persona Service, and check any proxy in front of it.';

const MISDIRECTED_REQUEST = 421;
const MISDIRECTED_ADVICE =
  'A server or proxy does not accept the host name of the URL. Use another name, or allow this one in its configuration.';

const FORBIDDEN_ADVICE =
  'The service or a proxy denies the request. A local service denies unknown host names: start it with serve --allowed-hosts.';

const ADVICE: Readonly<Record<string, string>> = {
  connection_failed:
    'Check that the service is running (persona-client serve starts a local one), and check firewalls and proxies.',
  timeout: 'Check the load of the service. If the service is far away, raise --timeout.',
  forbidden: FORBIDDEN_ADVICE,
  route_not_found: 'Check that the URL points to a Persona Service.',
  invalid_response: WRONG_SERVER_ADVICE,
  unexpected_status: WRONG_SERVER_ADVICE,
  auth_unsupported: 'Unset PERSONA_USERNAME and PERSONA_PASSWORD: this service has no authentication.',
  server_error: 'Check the logs of the service.',
};

const NO_RESPONSE: Finding = {
  status: 'failed',
  exitCode: EXIT.unavailable,
  message: `no response within ${CHECK_TIMEOUT_MS / 1_000} s`,
  advice:
    'The server may hang or be overloaded. Check its logs, restart it, and check that the port of the URL belongs to the service.',
};

/** Runs the checks in order and yields each result immediately. */
export async function* runChecks(
  target: DoctorTarget,
  interruptSignal: AbortSignal,
): AsyncGenerator<Finding & Pick<CheckResult, 'name'>> {
  let isReachable = false;
  let hasTlsFailed = false;
  for (const { name, check, needsService } of CHECKS) {
    if (needsService && !isReachable) {
      yield { name, status: 'skipped', message: 'the service is unreachable' };
      continue;
    }
    const signal = AbortSignal.any([interruptSignal, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
    const context: DoctorContext = { ...target, signal, isReachable };
    const result = await raceAbort(check(context), signal).catch((error: unknown) => {
      interruptSignal.throwIfAborted();
      const failure = signal.aborted ? NO_RESPONSE : describeFailure(error);
      return name === 'reachability' && hasTlsFailed ? { ...failure, advice: 'See the tls check.' } : failure;
    });
    yield { name, ...result };
    isReachable ||= context.isReachable;
    hasTlsFailed ||= name === 'tls' && result.status === 'failed';
  }
}

function describeFailure(error: unknown): Finding {
  const systemCode = (error as { code?: unknown }).code;
  if (systemCode === 'ENOTFOUND' || systemCode === 'EAI_AGAIN')
    return {
      status: 'failed',
      message: 'the host name does not resolve',
      advice: 'Check the spelling of the host name, and the DNS of this machine.',
    };
  if (error instanceof PersonaResponseError && error.status === MISDIRECTED_REQUEST)
    return { status: 'failed', message: error.message, advice: MISDIRECTED_ADVICE };
  const isInvalidRow = error instanceof PersonaResponseError && error.personaId !== undefined;
  const advice = isInvalidRow
    ? 'Correct this persona in the service.'
    : ADVICE[error instanceof PersonaError ? error.code : 'connection_failed'];
  return {
    status: 'failed',
    message: error instanceof Error ? error.message : String(error),
    exitCode: getExitCode(error),
    ...(advice && { advice }),
  };
}
