import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const API = fileURLToPath(new URL('../../api/', import.meta.url));
const DECLARATION = /^(?:\(not exported\) )?(interface|class|type|function|const) (\w+)/;
const MEMBER = /^ {4,}(?:static |readonly )*(\w+)\??(?:<.*?>)?(?:: )?\(/;
/** A parameter whose type is an object of options. */
const PARAMETER = /[(,] ?(\w+|\{[^}]*\})\??: (?:(?!, \w+\??:|\): ).)*/g;
const OPTIONS_TYPE = /\w(?:Options|Query)\b|: Fault$|: Credentials|options\?: \{$/;
/** An option whose value is an object of options, in an interface of options. */
const NESTED_OPTION = /^ {4}(?:readonly )?(\w+)\??: .*(?:Options\b|(?<!\$)\{)/;

/**
 * Finds everything in the API report that takes an object of options: parameters of functions, constructors and methods,
 * such as `Personas.list(query)`, and options that contain options, such as `RequestOptions.retry`.
 */
export function findOptionObjects(): string[] {
  const found = new Set<string>();
  for (const file of readdirSync(API)) {
    let owner = '';
    for (const line of readFileSync(`${API}${file}`, 'utf8').split('\n')) {
      const [, kind, name = ''] = DECLARATION.exec(line) ?? [];
      if (kind) owner = name;
      const isFunction = kind === 'function' || kind === 'const';
      const callable = isFunction ? name : kind ? undefined : MEMBER.exec(line)?.[1];
      if (callable)
        for (const [text, parameter = ''] of line.matchAll(PARAMETER))
          if (OPTIONS_TYPE.test(text.replace(/\)?;?$/, '')))
            found.add(
              `${isFunction ? '' : `${owner}.`}${callable}(${parameter.startsWith('{') ? '…' : parameter})`,
            );
      const hasAnyName = line.includes(': HeaderOptions');
      if (!kind && !callable && !hasAnyName && /Options$/.test(owner)) {
        const [, option] = NESTED_OPTION.exec(line) ?? [];
        if (option) found.add(`${owner}.${option}`);
      }
    }
  }
  return [...found].toSorted();
}
