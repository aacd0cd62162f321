/* Generates completion scripts for bash, zsh and fish from the definitions of the commands. */
import type { CommandSpec } from './command-specs.js';

export { describeCommands } from './command-specs.js';

export type Shell = 'bash' | 'zsh' | 'fish';

const quoteForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Generates the script that adds completion to a shell. */
export function generateCompletionScript(shell: Shell, commands: readonly CommandSpec[]): string {
  return { bash: generateBash, zsh: generateZsh, fish: generateFish }[shell](commands);
}

function generateBash(commands: readonly CommandSpec[]): string {
  const cases = commands.flatMap(({ name, options, takesFiles }) => [
    ...options
      .filter(({ values }) => values && values.length > 0)
      .map(
        ({ long, values }) =>
          `    ${name}:${long}) COMPREPLY=($(compgen -W ${quoteForShell((values ?? []).join(' '))} -- "$word")); return ;;`,
      ),
    `    ${name}:*) [[ $word == -* ]] && COMPREPLY=($(compgen -W ${quoteForShell(options.map(({ long }) => long).join(' '))} -- "$word"))${takesFiles ? ' || COMPREPLY=($(compgen -f -- "$word"))' : ''}; return ;;`,
  ]);
  return `# bash completion for persona-client: source this file, or save it as ~/.local/share/bash-completion/completions/persona-client
_persona_client() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quoteForShell(commands.map(({ name }) => name).join(' '))} -- "$word"))
    return
  fi
  case $command:$previous in
${cases.join('\n')}
  esac
}
complete -o default -F _persona_client persona-client
`;
}

function generateZsh(commands: readonly CommandSpec[]): string {
  const escapeDescription = (text: string) => text.replace(/[[\]:]/g, ' ').replace(/\s+/g, ' ');
  const cases = commands.map(({ name, options, takesFiles }) => {
    const specs = options.map(({ long, description, values }) =>
      quoteForShell(
        `${long}[${escapeDescription(description)}]${values ? `:value:${values.length > 0 ? `(${values.join(' ')})` : '_files'}` : ''}`,
      ),
    );
    return `    ${name}) _arguments ${[...specs, ...(takesFiles ? [quoteForShell('*:file:_files')] : [])].join(' ')} ;;`;
  });
  return `#compdef persona-client
# zsh completion for persona-client: save this file as _persona-client in a folder of $fpath
_persona_client() {
  if ((CURRENT == 2)); then
    local -a commands=(${commands.map(({ name, description }) => quoteForShell(`${name}:${escapeDescription(description)}`)).join(' ')})
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

function generateFish(commands: readonly CommandSpec[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = commands.flatMap(({ name, description, options, takesFiles }) => [
    `complete -c persona-client -n ${quoteForShell(`not __fish_seen_subcommand_from ${names}`)} -f -a ${name} -d ${quoteForShell(description)}`,
    ...(takesFiles
      ? []
      : [`complete -c persona-client -n ${quoteForShell(`__fish_seen_subcommand_from ${name}`)} -f`]),
    ...options.map(({ long, short, description, values }) =>
      [
        `complete -c persona-client -n ${quoteForShell(`__fish_seen_subcommand_from ${name}`)} -l ${long.slice(2)}`,
        ...(short ? [`-s ${short.slice(1)}`] : []),
        ...(values ? [values.length > 0 ? `-x -a ${quoteForShell(values.join(' '))}` : '-r'] : []),
        `-d ${quoteForShell(description)}`,
      ].join(' '),
    ),
  ]);
  return `# fish completion for persona-client: save this file as ~/.config/fish/completions/persona-client.fish\n${lines.join('\n')}\n`;
}
