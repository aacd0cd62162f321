/* Generates completion scripts for bash, zsh and fish from the definitions of the commands. */
import type { CommandSpec } from './describe-commands.js';

export { describeCommands } from './describe-commands.js';

export type Shell = 'bash' | 'zsh' | 'fish';

const quoteForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Generates the script that adds completion to a shell. */
export function generateCompletionScript(shell: Shell, commands: readonly CommandSpec[]): string {
  return { bash: generateBash, zsh: generateZsh, fish: generateFish }[shell](commands);
}

/** Generates bash. The loop over files keeps names with spaces whole, even in bash 3, which has no `mapfile`. */
function generateBash(commands: readonly CommandSpec[]): string {
  const complete = (words: readonly string[]) =>
    `COMPREPLY=($(compgen -W ${quoteForShell(words.join(' '))} -- "$word"))`;
  const cases = commands.flatMap(({ name, options, takesFiles, choices }) => [
    ...options
      .filter(({ values }) => values && values.length > 0)
      .map(({ long, values = [] }) => `    ${name}:${long}) ${complete(values)}; return ;;`),
    `    ${name}:*) if [[ $word == -* ]]; then ${complete(options.map(({ long }) => long))}; else ${
      takesFiles ? '_persona_client_files' : complete(choices)
    }; fi ;;`,
  ]);
  return `# bash completion for persona-client: source this file, or save it as ~/.local/share/bash-completion/completions/persona-client
_persona_client_files() {
  local file
  compopt -o filenames 2> /dev/null
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$word")
}
_persona_client() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    ${complete(commands.map(({ name }) => name))}
    return
  fi
  if [[ $word == '=' ]]; then word=''; elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case $command:$previous in
${cases.join('\n')}
  esac
}
_persona_client_npx() {
  local index
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ \${COMP_WORDS[index]} == persona-client ]] || continue
    COMP_WORDS=("\${COMP_WORDS[@]:index}")
    ((COMP_CWORD -= index))
    _persona_client
    return
  done
}
complete -o default -F _persona_client persona-client
complete -p npx &> /dev/null || complete -o default -F _persona_client_npx npx
`;
}

function generateZsh(commands: readonly CommandSpec[]): string {
  const escapeDescription = (text: string) => text.replace(/[[\]:]/g, ' ').replace(/\s+/g, ' ');
  const cases = commands.map(({ name, options, takesFiles, choices }) => {
    const specs = options.map(
      ({ long, description, values }) =>
        `${long}[${escapeDescription(description)}]${values ? `:value:${values.length > 0 ? `(${values.join(' ')})` : '_files'}` : ''}`,
    );
    if (takesFiles) specs.push('*:file:_files');
    if (choices.length > 0) specs.push(`1:value:(${choices.join(' ')})`);
    return `    ${name}) _arguments ${specs.map(quoteForShell).join(' ')} ;;`;
  });
  return `#compdef persona-client npx
# zsh completion for persona-client: save this file as _persona-client in a folder of $fpath
_persona_client() {
  local index=$words[(i)*persona-client]
  ((index < CURRENT)) || { _default; return }
  words=("\${(@)words[index,-1]}")
  ((CURRENT -= index - 1))
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
if [[ $funcstack[1] == _persona-client ]]; then
  _persona_client "$@"
else
  compdef _persona_client persona-client
  (( $+_comps[npx] )) || compdef _persona_client npx
fi
`;
}

function generateFish(commands: readonly CommandSpec[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = commands.flatMap(({ name, description, options, takesFiles, choices }) => {
    const condition = quoteForShell(`__fish_seen_subcommand_from ${name}`);
    return [
      `complete -c persona-client -n ${quoteForShell(`not __fish_seen_subcommand_from ${names}`)} -f -a ${name} -d ${quoteForShell(description)}`,
      ...(takesFiles ? [] : [`complete -c persona-client -n ${condition} -f`]),
      ...(choices.length > 0
        ? [`complete -c persona-client -n ${condition} -a ${quoteForShell(choices.join(' '))}`]
        : []),
      ...options.map(({ long, short, description, values }) =>
        [
          `complete -c persona-client -n ${condition} -l ${long.slice(2)}`,
          ...(short ? [`-s ${short.slice(1)}`] : []),
          ...(values ? [values.length > 0 ? `-x -a ${quoteForShell(values.join(' '))}` : '-r'] : []),
          `-d ${quoteForShell(description)}`,
        ].join(' '),
      ),
    ];
  });
  return `# fish completion for persona-client: save this file as ~/.config/fish/completions/persona-client.fish
${lines.join('\n')}
function __persona_client_npx
  set -l words (commandline -opc)
  set -l index (contains -i -- persona-client $words)
  complete -C "$words[$index..-1] "(commandline -ct)
end
complete -c npx -n 'contains -- persona-client (commandline -opc)' -f -a '(__persona_client_npx)'
`;
}
