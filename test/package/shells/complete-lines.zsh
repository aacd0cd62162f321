# Types each argument into an interactive zsh, presses Tab, and prints the completed line.
zmodload zsh/zpty
zpty shell zsh -d -i
for line; do
  zpty -w -n shell "$line"$'\t'
  zpty -r shell output $'*=== * ===*'
  print -r -- ${${output##*=== }%% ===*}
done
zpty -d shell
