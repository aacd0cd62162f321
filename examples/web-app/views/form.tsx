/** @jsxImportSource hono/jsx */
import { type Field, inputName, type Section, type Values } from '../fields.js';

interface PersonaFormProps {
  readonly heading: string;
  readonly sections: readonly Section[];
  readonly values: Values;
  /** What is wrong, by the name of the input; `''` for the whole. */
  readonly issues?: Values;
  /** When the persona was last changed as far as this form knows. */
  readonly seen?: string | undefined;
  readonly back: string;
}

const ALL = '';

/** The browser's own checks are off: the client's messages stand beside the fields, in the same words everywhere. */
export const PersonaForm = ({ heading, sections, values, issues = {}, seen, back }: PersonaFormProps) => (
  <form method="post" novalidate class="persona-form">
    <h1>{heading}</h1>
    {Object.keys(issues).length > 0 && <Summary issues={issues} sections={sections} />}
    {seen !== undefined && <input type="hidden" name="seen" value={seen} />}
    <div class="panel">
      <Control name="name" label="Name" value={values.name} issue={issues.name} required />
    </div>
    <div class="sections">
      {sections.map((section) => (
        <fieldset class="panel">
          <legend>{section.label}</legend>
          <p class="muted">{section.description}</p>
          {section.fields.map((field) => {
            const name = inputName(section, field);
            return <Control {...field} name={name} value={values[name]} issue={issues[name]} />;
          })}
        </fieldset>
      ))}
    </div>
    <p class="actions">
      <button type="submit" class="button primary">
        Save
      </button>
      <a class="button" href={back}>
        Cancel
      </a>
    </p>
  </form>
);

/** Takes the focus, so that whoever listens to the page hears it first. */
const Summary = ({ issues, sections }: { issues: Values; sections: readonly Section[] }) => {
  const labels = new Map(
    sections.flatMap((section) =>
      section.fields.map((field) => [inputName(section, field), field.label] as const),
    ),
  );
  return (
    <div class="notice failed" role="alert" tabindex={-1} autofocus>
      <p>
        <b>Not saved.</b> {issues[ALL]}
      </p>
      <ul>
        {Object.entries(issues)
          .filter(([name]) => name !== ALL)
          .map(([name, issue]) => (
            <li>
              <a href={`#${name}`}>{labels.get(name) ?? 'Name'}</a>: {issue}
            </li>
          ))}
      </ul>
    </div>
  );
};

interface ControlProps extends Partial<Omit<Field, 'name' | 'label'>> {
  readonly name: string;
  readonly label: string;
  readonly value?: string | undefined;
  readonly issue?: string | undefined;
  readonly required?: boolean;
}

const HINTS: Readonly<Record<string, string>> = {
  list: 'One in each line',
  dict: 'One “name: value” in each line',
};

const Control = ({
  name,
  label,
  type = 'string',
  options,
  numeric,
  value = '',
  issue,
  required,
}: ControlProps) => {
  const hint = HINTS[type];
  const described = [hint && `${name}-hint`, issue && `${name}-issue`].filter(Boolean).join(' ');
  const common = {
    id: name,
    name,
    'aria-describedby': described || undefined,
    'aria-invalid': issue === undefined ? undefined : ('true' as const),
  };
  return (
    <div class="control">
      <label for={name}>
        {label}
        {required && <span class="muted"> (required)</span>}
      </label>
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {issue !== undefined && (
        <p class="issue" id={`${name}-issue`}>
          {issue}
        </p>
      )}
      {options ? (
        <select {...common}>
          {['', ...new Set([...options, ...(value === '' ? [] : [value])])].map((option) => (
            <option value={option} selected={option === value}>
              {option || '–'}
            </option>
          ))}
        </select>
      ) : hint ? (
        <textarea {...common} rows={3}>
          {value}
        </textarea>
      ) : (
        <input
          {...common}
          type="text"
          value={value}
          required={required}
          inputmode={numeric ? 'decimal' : undefined}
        />
      )}
    </div>
  );
};
