import { commonFlags } from './flags.ts';
import type { Flag, Verb } from './verb.ts';

/** Verbs of the server's own program, listed with the others where it is. */
export const serverVerbs: readonly (readonly [string, string])[] = [
  ['serve', 'Serve until SIGTERM or SIGINT.'],
  ['doctor', 'Print each engine, its version and what is missing.'],
];

export const overview = (
  verbs: readonly Verb[],
  hasServer: boolean,
): string => `Usage: millrace VERB [OPERAND…] [--option…]

Verbs (millrace VERB --help says more):
${[...(hasServer ? serverVerbs : []), ...verbs.map(({ name, summary }) => [name, summary] as const)]
  .map(([name, summary]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}
  completion Print the completion of these words for bash or zsh.

Exit codes: 0 ok, 1 failure, 2 usage, 3 keys or rights, 4 not found, 5 part of it failed, 6 network, 130 interrupted.
`;

const flagLine = ({ name, short, value, summary }: Flag): string =>
  `  ${short ? `-${short}, ` : '    '}--${`${name}${value ? ` ${value}` : ''}`.padEnd(26)} ${summary}`;

export const helpOf = ({
  name,
  operands,
  summary,
  flags,
}: Verb): string => `Usage: millrace ${name} ${operands} [--option…]

${summary}
${flags.length === 0 ? '' : `\nOptions:\n${flags.map(flagLine).join('\n')}\n`}
Of every verb:
${commonFlags.map(flagLine).join('\n')}
`;

/** Words to complete, for shells: the verbs, and of each its options. */
export function completion(verbs: readonly Verb[], shell: string, hasServer: boolean): string {
  const servers = hasServer ? serverVerbs.map(([name]) => name) : [];
  const names = [...servers, ...verbs.map(({ name }) => name), 'help', 'completion'].join(' ');
  const cases = verbs
    .map(
      ({ name, flags }) =>
        `    ${name}) words="${[...flags, ...commonFlags].map((flag) => `--${flag.name}`).join(' ')}" ;;`,
    )
    .join('\n');
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_millrace() {
  local words="${names}" current="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[1]}" in
${cases}
    *) words="" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _millrace millrace
`;
}
