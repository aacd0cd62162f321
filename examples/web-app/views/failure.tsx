/** @jsxImportSource hono/jsx */
import type { PersonaPage, ResultWithMeta } from 'persona-client';
import type { Failure } from '../failures.js';
import { Cards } from './list.js';
import { durationInWords } from './words.js';

interface FailurePageProps {
  readonly failure: Failure;
  /** To be found in the service's logs. */
  readonly requestId?: string | undefined;
  /** The page that was asked for, where it may be there in a moment. */
  readonly again?: string | undefined;
  /** What is still known while the service is away. */
  readonly remembered?: ResultWithMeta<PersonaPage> | undefined;
}

export const FailurePage = ({ failure, requestId, again, remembered }: FailurePageProps) => (
  <>
    <div class="panel narrow failure" role="alert">
      <p class="status">{failure.status}</p>
      <h1>{failure.title}</h1>
      <p>{failure.advice}</p>
      {failure.retryAfterSeconds !== undefined && (
        <p>Try again in {durationInWords(failure.retryAfterSeconds * 1000)}.</p>
      )}
      <p class="actions">
        {again && (
          <a class="button primary" href={again}>
            Try again
          </a>
        )}
        <a class={again ? 'button' : 'button primary'} href="/personas">
          All personas
        </a>
      </p>
      {requestId && (
        <p class="muted small">
          Request <code>{requestId}</code>
        </p>
      )}
    </div>
    {remembered && (
      <section class="remembered" aria-labelledby="remembered">
        <h2 id="remembered">Still known</h2>
        <p class="notice stale">
          As read <b>{durationInWords(remembered.meta.ageMs)} ago</b>; it may have changed since.
        </p>
        <Cards personas={remembered.data.items} />
      </section>
    )}
  </>
);
