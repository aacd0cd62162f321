import type { PersonaClient } from '../../index.js';

/** The result of one check. */
export interface CheckResult {
  /** Name of the check. */
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly message: string;
  /** How to fix the problem. */
  readonly advice?: string;
}

/** What a check found. `exitCode` is for a failed check. @default EXIT.failure */
export interface Finding extends Omit<CheckResult, 'name'> {
  readonly exitCode?: number;
}

/** Message and advice about a problem. */
export type Diagnosis = Required<Pick<CheckResult, 'message' | 'advice'>>;

/** The client and the service that the checks examine. */
export interface DoctorTarget {
  readonly client: PersonaClient;
  readonly url: URL;
  /** Origin of a web page, for the CORS check. */
  readonly origin: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** The configured or detected dialect. */
  readonly dialect: () => string | undefined;
}

/** The target, together with the state of one run. */
export interface DoctorContext extends DoctorTarget {
  /** Aborts when the check takes too long or the user interrupts the command. */
  readonly signal: AbortSignal;
  /** Set by the reachability check as soon as the service has responded. */
  isReachable: boolean;
}

export type Check = (context: DoctorContext) => Promise<Finding>;
