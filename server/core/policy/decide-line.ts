/** Every decision that a line calls for: its commands, what belongs to none of them, and what was not understood. */
import type { Misreading, ReadCommand, Reading } from '../command/reading.ts'
import { type CommandView, redirectedFiles, viewCommand, whereaboutsOf } from './command-view.ts'
import { decideCommand } from './decide-command.ts'
import { decided, type Decision } from './decision.ts'
import type { JudgeContext, Reason } from './judgement.ts'
import { protectedReasons, unknownFiles } from './protect.ts'
import { outsideOf } from './when.ts'

export interface DecidedCommand {
  readonly view: CommandView
  readonly decision: Decision
}

export interface DecidedLine {
  /** One for each command of the reading, in its order. */
  readonly commands: readonly DecidedCommand[]
  /** About the line as a whole. */
  readonly aside: readonly Decision[]
}

export function decideLine(reading: Reading, context: JudgeContext): DecidedLine {
  const commands = decideCommands(reading.commands, context)
  return {
    commands,
    aside: [
      ...decideWhen(context),
      ...reading.misreadings
        .filter(misreading => !isAnswered(misreading, commands))
        .map(misreading => decideMisreading(misreading, context)),
      ...decideLoose(reading, context),
      ...decideCanonical(reading, context),
    ],
  }
}

/** From the last to the first, so that a wrapper finds the command inside it already decided. */
function decideCommands(
  commands: readonly ReadCommand[],
  context: JudgeContext,
): readonly DecidedCommand[] {
  const done: DecidedCommand[] = []
  for (const [index, command] of [...commands.entries()].reverse()) {
    const view = viewCommand(command, wrappersOf(index, commands), context)
    const inner = innerOf(index, commands)
    const decision =
      inner === null
        ? decideCommand(view, context.policy)
        : decideWrapper(view, done[commands.length - 1 - inner], context)
    done.push({ view, decision })
  }
  return done.reverse()
}

/** A layer that only changes how a command runs has no rule of its own unless one forbids it. */
function decideWrapper(
  view: CommandView,
  inner: DecidedCommand | undefined,
  { policy }: JudgeContext,
): Decision {
  const own = decideCommand(view, policy)
  if (inner === undefined || own.rule === 'protect' || own.rule === 'dynamic') return own
  const isForbidden =
    own.verdict === 'deny' && own.reasons.some(({ code }) => code === 'rule-denied')
  return isForbidden ? own : inner.decision
}

/** The wrapper layers around a command, outermost first. */
function wrappersOf(index: number, commands: readonly ReadCommand[]): ReadCommand[] {
  const layers: ReadCommand[] = []
  for (let at = index - 1; at >= 0 && innerOf(at, commands) === at + 1; at -= 1) {
    const layer = commands[at]
    if (layer !== undefined) layers.unshift(layer)
  }
  return layers
}

/** Index of the command that a wrapper layer stands around; null for any other command. */
function innerOf(index: number, commands: readonly ReadCommand[]): number | null {
  const outer = commands[index]
  const inner = commands[index + 1]
  if (outer === undefined || inner === undefined || !outer.isWrapper) return null
  const isInside =
    inner.via.length > outer.via.length && outer.via.every((layer, at) => layer === inner.via[at])
  return isInside ? index + 1 : null
}

function decideWhen(context: JudgeContext): Decision[] {
  const outside = outsideOf(context.policy.when, context)
  return outside === null ? [] : [decided('deny', 'default', [outside])]
}

function decideMisreading(misreading: Misreading, { policy }: JudgeContext): Decision {
  const { class: kind, code, text, at } = misreading
  const verdict = kind === 'unreadable' ? 'deny' : policy.analysis[kind]
  return decided(verdict, kind, [{ code, text, at }])
}

/** Where the policy forwards what was understood, a line that cannot be written out again is not. */
function decideCanonical(
  { canonical, misreadings }: Reading,
  { policy }: JudgeContext,
): Decision[] {
  if (canonical !== null || policy.analysis.forward === 'verbatim' || misreadings.length > 0)
    return []
  const text = 'this cannot be written out again from what was understood; write it more plainly'
  return [decided(policy.analysis.opaque, 'opaque', [{ code: 'not-re-emitted', text, at: '' }])]
}

/**
 * A rule may answer for what a command does of its own accord: it must name the program, see every
 * argument, and allow or ask. Which options and files it takes was compared when it was matched.
 */
function isAnswered({ answerable }: Misreading, commands: readonly DecidedCommand[]): boolean {
  const answering = answerable === null ? undefined : commands[answerable]
  if (answering === undefined) return false
  const { view, decision } = answering
  return (
    decision.rules.length > 0 &&
    view.args.every(word => word.is === 'literal') &&
    decision.rules.every(rule => !rule.programs.includes('*'))
  )
}

/** Redirections that belong to no command are the line's own doing; no rule speaks about them. */
function decideLoose({ loose }: Reading, context: JudgeContext): Decision[] {
  const { policy } = context
  const where = whereaboutsOf(null, context)
  const files = redirectedFiles(loose.redirections, where)
  if (files.length === 0) return []
  const guarded = protectedReasons(files, where, policy)
  if (guarded.length > 0) return [decided('deny', 'protect', guarded)]
  const unclear = unknownFiles(files, policy)
  if (unclear.length > 0) return [decided(policy.analysis.dynamic, 'dynamic', unclear)]
  const reasons = files.map(
    ({ word }): Reason => ({
      code: 'loose-redirection',
      text: `${word} is opened by the line itself, for no command that a rule could allow it to`,
      at: word,
    }),
  )
  return [decided(policy.default, 'default', reasons)]
}
