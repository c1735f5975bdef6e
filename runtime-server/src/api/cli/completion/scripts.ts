// The scripts that teach a shell to complete `slipway`. They know nothing of it: each Tab is one request to the server that
// runs (`__complete`), and nothing at all when none does. Pure.

export type Shell = 'bash' | 'zsh' | 'fish';

/** Candidates come one a line, with a tab before their description; the last line is `:files` or `:none`. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# bash completion for slipway: slipway completion bash > ~/.local/share/bash-completion/completions/slipway
_slipway() {
    local line="\${COMP_LINE:0:COMP_POINT}" out current begun candidate
    local -a words lines
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    out=$("\${words[0]/#\\~/$HOME}" __complete -- "\${words[@]:1}" 2>/dev/null) || return
    [[ -n $out ]] || return
    mapfile -t lines <<< "$out"
    # Readline replaces only what follows the last character that breaks words.
    current="\${words[-1]}"
    begun="\${current%"\${current##*[:=]}"}"
    [[ $begun == *=* && $COMP_WORDBREAKS != *=* || $begun == *:* && $COMP_WORDBREAKS != *:* ]] && begun=''
    COMPREPLY=()
    for candidate in "\${lines[@]:0:\${#lines[@]}-1}"; do
        candidate="\${candidate%%$'\\t'*}"
        COMPREPLY+=("\${candidate#"$begun"}")
    done
    [[ \${lines[-1]} == :files ]] || compopt +o default 2>/dev/null
    [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _slipway slipway
`,
  zsh: `#compdef slipway
# zsh completion for slipway: slipway completion zsh > a folder of $fpath, as _slipway
_slipway() {
    local out line text
    local -a lines candidates
    out=$("\${(Q)words[1]/#\\~/$HOME}" __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null) || return 1
    [[ -n $out ]] || return 1
    lines=("\${(@f)out}")
    for line in "\${(@)lines[1,-2]}"; do
        text="\${line%%$'\\t'*}"
        if [[ $line == *$'\\t'* ]]; then
            candidates+=("\${text//:/\\\\:}:\${line#*$'\\t'}")
        else
            candidates+=("\${text//:/\\\\:}")
        fi
    done
    if (( $#candidates )); then
        _describe -V slipway candidates
    elif [[ $lines[-1] == :files ]]; then
        _files
    fi
}
if [[ $funcstack[1] == _slipway ]]; then
    _slipway "$@"
else
    compdef _slipway slipway
fi
`,
  fish: `# fish completion for slipway: slipway completion fish > ~/.config/fish/completions/slipway.fish
function __slipway_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    set -l lines ($program __complete -- $words "$current" 2>/dev/null)
    test (count $lines) -gt 0; or return
    if test (count $lines) -gt 1
        printf '%s\\n' $lines[1..-2]
    else if test "$lines[-1]" = ':files'
        __fish_complete_path "$current"
    end
end
complete -c slipway -f -a '(__slipway_complete)'
`,
};
