/** @jsxImportSource hono/jsx */
import type { CallMeta, Persona } from 'persona-client';
import type { Field, Section } from '../fields.js';
import { formatDate } from './format.js';
import { Avatar, Notice, StaleNotice } from './shared.js';

interface PersonaPageProps {
  readonly persona: Persona;
  readonly meta: CallMeta;
  readonly sections: readonly Section[];
  readonly isSaved: boolean;
}

export const PersonaPage = ({ persona, meta, sections, isSaved }: PersonaPageProps) => (
  <>
    <StaleNotice meta={meta} />
    {isSaved && <Notice kind="done">Saved.</Notice>}
    <p class="back">
      <a href="/personas">All personas</a>
    </p>
    <div class="heading profile">
      <Avatar persona={persona} large />
      <div>
        <h1>{persona.name}</h1>
        <p class="muted">
          Changed <time datetime={persona.updated_at}>{formatDate(persona.updated_at)}</time>
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
  const fields = listFields(section, values).filter(({ value }) => isSet(value));
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

/** Lists the configured fields, followed by the other fields of the persona. */
function listFields({ fields }: Section, values: object) {
  const valuesByName = new Map<string, unknown>(Object.entries(values));
  const configured = fields.map(({ name, label }: Field) => ({ label, value: valuesByName.get(name) }));
  const names = new Set([...fields.map(({ name }) => name), ...ROW_KEYS]);
  const others = [...valuesByName].filter(([name]) => !names.has(name));
  return [...configured, ...others.map(([label, value]) => ({ label, value }))];
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
    <p>The persona and all of its data will be deleted. You cannot undo this.</p>
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
