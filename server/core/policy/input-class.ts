import type { CommandView } from './command-view.ts'
import type { Decision } from './decision.ts'
import type { InputClass, Policy } from './policy.ts'

/** What the line's programs may be sent while they run. */
export interface Input {
  readonly class: InputClass
  readonly lines: readonly string[] | null
}

const ORDER: readonly InputClass[] = ['none', 'line', 'raw']

/** Builtins that never read what is typed; they do not narrow what their neighbours may be sent. */
const NEVER_READ = new Set([
  ':',
  '[',
  'cd',
  'echo',
  'false',
  'printf',
  'pwd',
  'sleep',
  'test',
  'true',
])

/** Programs that work on files and ask a question before they overwrite or remove one. */
const ASKING = new Set([
  'bunzip2',
  'bzip2',
  'cp',
  'gunzip',
  'gzip',
  'ln',
  'mv',
  'rm',
  'unxz',
  'unzip',
  'xz',
])

/**
 * The least that any of the commands may be sent: they share one terminal, and whichever reads first
 * gets the bytes. A pager behind a pipe counts only with what feeds it, unless that reads files alone. Where
 * none of them is known to read, it is the least of what their rules say.
 */
export function inputOf(
  decided: readonly { readonly view: CommandView; readonly decision: Decision }[],
  policy: Policy,
): Input {
  const called = new Set(decided.map(({ view }) => view.program))
  const running = decided.filter(
    ({ view }) => !view.command.isWrapper && !isOnlyDefined(view, called),
  )
  const readers = running.filter(({ view }) => mayReadTerminal(view))
  const [first, ...others] =
    readers.length > 0
      ? readers.flatMap(({ decision }) => inputsOf(decision, policy))
      : running.flatMap(({ decision }) => saidOf(decision))
  if (first === undefined) return { class: policy.input.default, lines: null }
  return others.reduce(narrower, first)
}

/** In the body of a function that nothing in the line calls: it reads when another line does. */
function isOnlyDefined({ command }: CommandView, called: ReadonlySet<string | null>): boolean {
  return command.via.some(how => how.endsWith('()') && !called.has(how.slice(0, -2)))
}

function mayReadTerminal(view: CommandView): boolean {
  if (view.program === null) return true
  if (NEVER_READ.has(view.program)) return false
  if (ASKING.has(view.program)) return true
  const files = view.files.filter(file => file.by === 'operand')
  const readsFilesAlone = view.facts.isKnown && view.facts.categories.size === 0 && files.length > 0
  return !readsFilesAlone
}

function inputsOf({ rules }: Decision, policy: Policy): Input[] {
  if (rules.length === 0) return [{ class: policy.input.default, lines: null }]
  return rules.map(rule => ({ class: rule.input ?? policy.input.default, lines: rule.inputLines }))
}

/** What the rules themselves say; nothing where they leave it to the policy. */
function saidOf({ rules }: Decision): Input[] {
  return rules.flatMap(({ input, inputLines }) =>
    input === null ? [] : [{ class: input, lines: inputLines }],
  )
}

function narrower(one: Input, other: Input): Input {
  const difference = ORDER.indexOf(one.class) - ORDER.indexOf(other.class)
  if (difference !== 0) return difference < 0 ? one : other
  // Two lists of patterns have no intersection as patterns; judging the line is the stricter.
  const isSame = JSON.stringify(one.lines) === JSON.stringify(other.lines)
  return isSame ? one : { class: one.class, lines: null }
}
