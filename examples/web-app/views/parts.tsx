/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';
import type { CallMeta, Persona } from 'persona-client';
import { durationInWords, initialsOf } from './words.js';

const HUES = 6;

export const Avatar = ({ persona, large = false }: { persona: Persona; large?: boolean }) => (
  <span class={`avatar hue-${persona.id % HUES}${large ? ' large' : ''}`} aria-hidden="true">
    {initialsOf(persona.name)}
  </span>
);

export const Notice = ({ kind, children }: PropsWithChildren<{ kind: 'done' | 'stale' }>) => (
  <p class={`notice ${kind}`} role="status">
    {children}
  </p>
);

/** Says that the page shows what was known before the service went away. Says nothing while all is well. */
export const StaleNotice = ({ meta }: { meta: CallMeta }) =>
  meta.source === 'stale' ? (
    <Notice kind="stale">
      <b>The persona service is not answering.</b> You are looking at what was read{' '}
      <b>{durationInWords(meta.ageMs)} ago</b>; it may have changed since.
    </Notice>
  ) : null;
