import type { Command } from 'commander'

/** What commander says of a misuse, and the same as the rest of the command speaks. */
const WORDINGS: readonly [said: RegExp, ours: string][] = [
  [/^required option '([^']+)' not specified/, '$1 is missing'],
  [/^missing required argument '([^']+)'/, '<$1> is missing'],
  [/^option '([^']+)' argument missing/, '$1 has no value'],
  [/^option '([^']+)' argument '([^]*)' is invalid\. (.+)$/, '$1 cannot be "$2": $3'],
  [
    /^command-argument value '([^]*)' is invalid for argument '([^']+)'\. (.+)$/,
    '<$2> cannot be "$1": $3',
  ],
  [
    /^unknown (command|option) '([^]*?)'\n\(Did you mean (?:one of )?([^]+)\?\)$/,
    'there is no $1 "$2", did you mean $3?',
  ],
  [/^unknown (command|option) '([^]*)'$/, 'there is no $1 "$2"'],
  [/^too many arguments for '([^']+)'\. Expected 0 .*$/, 'too many arguments; $1 takes none'],
  [
    /^too many arguments for '([^']+)'\. Expected (\d+).*$/,
    'too many arguments; $1 takes $2 at most',
  ],
]

/** One sentence of commander's, without its "error: ". */
export function plainComplaint(text: string): string {
  for (const [said, ours] of WORDINGS) {
    if (!said.test(text)) continue
    const plain = text.replace(said, ours).replace(': Allowed choices are ', ': choose one of ')
    return plain.replace(/\.$/, '').replace(/": [A-Z]/, begin => begin.toLowerCase())
  }
  return text
}

/** Says after each misuse which help explains this very command. */
export function pointToHelp(command: Command, words: readonly string[] = []): void {
  const own = [...words, command.name()]
  command.showHelpAfterError(`(${own.join(' ')} --help explains)`)
  for (const sub of command.commands) pointToHelp(sub, own)
}

/** `sallyport cert issue --agent <name> --public-key <file> [options]`: what cannot be left out comes first. */
export function usageOf(command: Command): string {
  const words: string[] = []
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name())
  const needed = command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags)
  return [...words, ...needed, command.usage()].join(' ')
}
