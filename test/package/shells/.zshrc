# Binds Tab to a widget that completes the line, prints the result and clears the line.
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit
compinit -u -D
complete-and-print() { zle expand-or-complete; print -r -- "=== $BUFFER ==="; BUFFER= }
zle -N complete-and-print
bindkey '^I' complete-and-print
