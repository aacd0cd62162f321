import type { PersonaClient } from '../../index.js';

/** What one look at the service, or at the way to it, has found. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** What checks know, and what later ones may use of earlier ones. */
export interface Patient {
  readonly client: PersonaClient;
  readonly url: URL;
  readonly signal: AbortSignal;
  /** A page's origin, for CORS. */
  readonly origin: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** As far as it is known. */
  readonly dialect: () => string | undefined;
  /** The service has answered something. */
  reachable: boolean;
}

export type Check = (patient: Patient) => Promise<Omit<Finding, 'check'>>;
