# A shell in which a tab says what it has made of the line, and begins another one.
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit
compinit -u -D
complete-and-tell() { zle expand-or-complete; print -r -- "=== $BUFFER ==="; BUFFER= }
zle -N complete-and-tell
bindkey '^I' complete-and-tell
