import type { Words } from './words.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A script that makes a shell complete the command. */
export function scriptFor(shell: Shell, commands: readonly Words[]): string {
  return { bash, zsh, fish }[shell](commands);
}

function bash(commands: readonly Words[]): string {
  const cases = commands.flatMap(({ name, options, files }) => [
    ...options
      .filter(({ values }) => values && values.length > 0)
      .map(
        ({ long, values }) =>
          `    ${name}:${long}) COMPREPLY=($(compgen -W ${quoted((values ?? []).join(' '))} -- "$word")); return ;;`,
      ),
    `    ${name}:*) [[ $word == -* ]] && COMPREPLY=($(compgen -W ${quoted(options.map(({ long }) => long).join(' '))} -- "$word"))${files ? ' || COMPREPLY=($(compgen -f -- "$word"))' : ''}; return ;;`,
  ]);
  return `# bash completion for persona-client: source this file, or put it into ~/.local/share/bash-completion/completions/persona-client
_persona_client() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quoted(commands.map(({ name }) => name).join(' '))} -- "$word"))
    return
  fi
  case $command:$before in
${cases.join('\n')}
  esac
}
complete -o default -F _persona_client persona-client
`;
}

function zsh(commands: readonly Words[]): string {
  const brief = (text: string) => text.replace(/[[\]:]/g, ' ').replace(/\s+/g, ' ');
  const cases = commands.map(({ name, options, files }) => {
    const specs = options.map(({ long, description, values }) =>
      quoted(
        `${long}[${brief(description)}]${values ? `:value:${values.length > 0 ? `(${values.join(' ')})` : '_files'}` : ''}`,
      ),
    );
    return `    ${name}) _arguments ${[...specs, ...(files ? [quoted('*:file:_files')] : [])].join(' ')} ;;`;
  });
  return `#compdef persona-client
# zsh completion for persona-client: put this file as _persona-client into a folder of $fpath
_persona_client() {
  if ((CURRENT == 2)); then
    local -a commands=(${commands.map(({ name, description }) => quoted(`${name}:${brief(description)}`)).join(' ')})
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _persona-client ]]; then _persona_client "$@"; else compdef _persona_client persona-client; fi
`;
}

function fish(commands: readonly Words[]): string {
  const all = commands.map(({ name }) => name).join(' ');
  const lines = commands.flatMap(({ name, description, options, files }) => [
    `complete -c persona-client -n ${quoted(`not __fish_seen_subcommand_from ${all}`)} -f -a ${name} -d ${quoted(description)}`,
    ...(files ? [] : [`complete -c persona-client -n ${quoted(`__fish_seen_subcommand_from ${name}`)} -f`]),
    ...options.map(({ long, short, description, values }) =>
      [
        `complete -c persona-client -n ${quoted(`__fish_seen_subcommand_from ${name}`)} -l ${long.slice(2)}`,
        ...(short ? [`-s ${short.slice(1)}`] : []),
        ...(values ? [values.length > 0 ? `-x -a ${quoted(values.join(' '))}` : '-r'] : []),
        `-d ${quoted(description)}`,
      ].join(' '),
    ),
  ]);
  return `# fish completion for persona-client: put this file into ~/.config/fish/completions/persona-client.fish\n${lines.join('\n')}\n`;
}
