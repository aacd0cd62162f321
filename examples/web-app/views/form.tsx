/** @jsxImportSource hono/jsx */
import { CHOICE, type Field, type FormValues, inputName, OPENED, type Section, STORED } from '../fields.js';

interface PersonaFormProps {
  readonly heading: string;
  readonly sections: readonly Section[];
  /** Values by input name. The form omits a field without a value. */
  readonly values: FormValues;
  /** Messages by input name. The key `''` is for the whole form. */
  readonly issues?: FormValues;
  /** `updated_at` of the persona when the form was opened. Detects conflicts. */
  readonly updatedAt?: string | undefined;
  readonly cancelUrl: string;
  /** Path to which the browser sends the form. */
  readonly action: string;
}

const WHOLE_FORM = '';

/** Disables browser validation, so that all messages come from the client. */
export const PersonaForm = ({
  heading,
  sections,
  values,
  issues = {},
  updatedAt,
  cancelUrl,
  action,
}: PersonaFormProps) => (
  <form method="post" action={action} novalidate class="persona-form">
    <h1>{heading}</h1>
    {Object.keys(issues).length > 0 && <Summary issues={issues} sections={sections} />}
    {updatedAt !== undefined && <input type="hidden" name="updatedAt" value={updatedAt} />}
    {Object.entries(values)
      .filter(([name]) => name.startsWith(OPENED))
      .map(([name, digest]) => (
        <input type="hidden" name={name} value={digest} />
      ))}
    <div class="panel">
      <Control
        name="name"
        label="Name"
        value={values.name}
        stored={values[`${STORED}name`]}
        issue={issues.name}
        required
      />
    </div>
    <div class="sections">
      {sections.map((section) => (
        <fieldset class="panel">
          <legend>{section.label}</legend>
          <p class="muted">{section.description}</p>
          {section.fields.map((field) => {
            const name = inputName(section, field);
            const stored = values[STORED + name];
            return (
              <Control {...field} name={name} value={values[name]} stored={stored} issue={issues[name]} />
            );
          })}
        </fieldset>
      ))}
    </div>
    <p class="actions">
      <button type="submit" class="button primary">
        Save
      </button>
      <a class="button" href={cancelUrl}>
        Cancel
      </a>
    </p>
  </form>
);

/** Takes the focus, so that screen readers announce it first. */
const Summary = ({ issues, sections }: { issues: FormValues; sections: readonly Section[] }) => {
  const labels = new Map(
    sections.flatMap((section) =>
      section.fields.map((field) => [inputName(section, field), field.label] as const),
    ),
  );
  return (
    <div class="notice failed" role="alert" tabindex={-1} autofocus>
      <p>
        <b>Not saved.</b> {issues[WHOLE_FORM]}
      </p>
      <ul>
        {Object.entries(issues)
          .filter(([name]) => name !== WHOLE_FORM)
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
  /** The stored value, if both users have changed the field. */
  readonly stored?: string | undefined;
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
  value,
  stored,
  issue,
  required,
}: ControlProps) => {
  if (value === undefined) return null;
  const hint = HINTS[type];
  const descriptionIds = [hint && `${name}-hint`, issue && `${name}-issue`].filter(Boolean).join(' ');
  const commonProps = {
    id: name,
    name,
    'aria-describedby': descriptionIds || undefined,
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
      {stored !== undefined && <Choice name={name} label={label} stored={stored} />}
      {options ? (
        <select {...commonProps}>
          {['', ...new Set([...options, ...(value === '' ? [] : [value])])].map((option) => (
            <option value={option} selected={option === value}>
              {option || '–'}
            </option>
          ))}
        </select>
      ) : hint || /[\r\n]/.test(value) ? (
        <textarea {...commonProps} rows={3} required={required}>
          {`\n${value}` /* browsers drop the first line break */}
        </textarea>
      ) : (
        <input
          {...commonProps}
          type="text"
          value={value}
          required={required}
          inputmode={numeric ? 'decimal' : undefined}
        />
      )}
    </div>
  );
};

/** Lets the user choose between the stored value and the entered one. Nothing is chosen in advance. */
const Choice = ({ name, label, stored }: { name: string; label: string; stored: string }) => (
  <fieldset class="choice">
    <legend>{label}: two versions</legend>
    <input type="hidden" name={STORED + name} value={stored} />
    <p class="muted">Stored by somebody else:</p>
    <pre>{stored === '' ? '(empty)' : stored}</pre>
    <label>
      <input type="radio" name={CHOICE + name} value="stored" /> Keep the stored value
    </label>
    <label>
      <input type="radio" name={CHOICE + name} value="mine" /> Save mine, as below
    </label>
  </fieldset>
);
