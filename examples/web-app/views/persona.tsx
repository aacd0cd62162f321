/** @jsxImportSource hono/jsx */
import type { CallMeta, Persona } from 'persona-client';
import type { Field, Section } from '../fields.js';
import { Avatar, Notice, StaleNotice } from './parts.js';
import { dateInWords } from './words.js';

interface PersonaPageProps {
  readonly persona: Persona;
  readonly meta: CallMeta;
  readonly sections: readonly Section[];
  readonly saved: boolean;
}

export const PersonaPage = ({ persona, meta, sections, saved }: PersonaPageProps) => (
  <>
    <StaleNotice meta={meta} />
    {saved && <Notice kind="done">Saved.</Notice>}
    <p class="back">
      <a href="/personas">All personas</a>
    </p>
    <div class="heading profile">
      <Avatar persona={persona} large />
      <div>
        <h1>{persona.name}</h1>
        <p class="muted">
          Changed <time datetime={persona.updated_at}>{dateInWords(persona.updated_at)}</time>
        </p>
      </div>
      <p class="actions">
        <a class="button primary" href={`/personas/${persona.id}/edit`}>
          Edit
        </a>
        <a class="button" href={`/personas/${persona.id}/delete`}>
          Delete
        </a>
      </p>
    </div>
    <div class="sections">
      {sections.map((section) => (
        <SectionCard section={section} values={persona[section.category] ?? {}} />
      ))}
    </div>
  </>
);

const SectionCard = ({ section, values }: { section: Section; values: object }) => {
  const fields = fieldsOf(section, values).filter(({ value }) => isSet(value));
  return (
    <section class="panel" aria-labelledby={section.category}>
      <h2 id={section.category}>{section.label}</h2>
      <p class="muted">{section.description}</p>
      {fields.length === 0 ? (
        <p>Nothing known.</p>
      ) : (
        <dl>
          {fields.map(({ label, value }) => (
            <div>
              <dt>{label}</dt>
              <dd>
                <Value value={value} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
};

const ROW_KEYS = ['id', 'persona_id'];

/** The fields that are configured, then those that this persona has besides. */
function fieldsOf({ fields }: Section, values: object) {
  const known = new Map<string, unknown>(Object.entries(values));
  const labelled = fields.map(({ name, label }: Field) => ({ label, value: known.get(name) }));
  const names = new Set([...fields.map(({ name }) => name), ...ROW_KEYS]);
  const others = [...known].filter(([name]) => !names.has(name));
  return [...labelled, ...others.map(([label, value]) => ({ label, value }))];
}

const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== '' &&
  (typeof value !== 'object' || Object.keys(value).length > 0);

const Value = ({ value }: { value: unknown }) => {
  if (Array.isArray(value))
    return (
      <ul class="chips">
        {value.map((entry) => (
          <li>{String(entry)}</li>
        ))}
      </ul>
    );
  if (typeof value === 'object' && value !== null)
    return (
      <ul class="pairs">
        {Object.entries(value).map(([key, entry]) => (
          <li>
            <b>{key}</b> {String(entry)}
          </li>
        ))}
      </ul>
    );
  return <>{String(value)}</>;
};

export const DeletePage = ({ persona }: { persona: Persona }) => (
  <div class="narrow panel">
    <h1>Delete {persona.name}?</h1>
    <p>The persona and everything known of it will be gone. This cannot be undone.</p>
    <form method="post" class="actions">
      <button type="submit" class="button danger">
        Delete for good
      </button>
      <a class="button" href={`/personas/${persona.id}`}>
        Keep
      </a>
    </form>
  </div>
);
