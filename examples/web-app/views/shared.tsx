/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';
import type { CallMeta, Persona } from 'persona-client';
import { formatDuration, getInitials } from './format.js';

const HUES = 6;

export const Avatar = ({ persona, large = false }: { persona: Persona; large?: boolean }) => (
  <span class={`avatar hue-${persona.id % HUES}${large ? ' large' : ''}`} aria-hidden="true">
    {getInitials(persona.name)}
  </span>
);

export const Notice = ({ kind, children }: PropsWithChildren<{ kind: 'done' | 'stale' }>) => (
  <p class={`notice ${kind}`} role="status">
    {children}
  </p>
);

/** Warns that the page shows stale data. Renders nothing if the data is fresh. */
export const StaleNotice = ({ meta }: { meta: CallMeta }) =>
  meta.source === 'stale' ? (
    <Notice kind="stale">
      <b>The persona service does not respond.</b> This page shows data from{' '}
      <b>{formatDuration(meta.ageMs)} ago</b>, which may have changed since.
    </Notice>
  ) : null;
