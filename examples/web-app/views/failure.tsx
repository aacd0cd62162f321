/** @jsxImportSource hono/jsx */
import type { PersonaPage, ResultWithMeta } from 'persona-client';
import type { Failure } from '../failures.js';
import { formatDuration } from './format.js';
import { Cards } from './list.js';

interface FailurePageProps {
  readonly failure: Failure;
  /** Request id, for a search in the logs of the service. */
  readonly requestId?: string | undefined;
  /** URL of the requested page, if a retry makes sense. */
  readonly retryUrl?: string | undefined;
  /** Cached personas to show during an outage. */
  readonly cachedList?: ResultWithMeta<PersonaPage> | undefined;
}

export const FailurePage = ({ failure, requestId, retryUrl, cachedList }: FailurePageProps) => (
  <>
    <div class="panel narrow failure" role="alert">
      <p class="status">{failure.status}</p>
      <h1>{failure.title}</h1>
      <p>{failure.advice}</p>
      {failure.retryAfterSeconds !== undefined && (
        <p>Try again in {formatDuration(failure.retryAfterSeconds * 1000)}.</p>
      )}
      <p class="actions">
        {retryUrl && (
          <a class="button primary" href={retryUrl}>
            Try again
          </a>
        )}
        <a class={retryUrl ? 'button' : 'button primary'} href="/personas">
          All personas
        </a>
      </p>
      {requestId && (
        <p class="muted small">
          Request <code>{requestId}</code>
        </p>
      )}
    </div>
    {cachedList && (
      <section class="remembered" aria-labelledby="remembered">
        <h2 id="remembered">Still known</h2>
        <p class="notice stale">
          As read <b>{formatDuration(cachedList.meta.ageMs)} ago</b>; it may have changed since.
        </p>
        <Cards personas={cachedList.data.items} />
      </section>
    )}
  </>
);
