/** Every decision that a line calls for: its commands, what belongs to none of them, and what was not understood. */
import type { Misreading, ReadCommand, Reading, Redirection } from '../command/reading.ts'
import { type CommandView, viewCommand, whereaboutsOf } from './command-view.ts'
import { decideBarriers, decideCommand } from './decide-command.ts'
import { decided, type Decision } from './decision.ts'
import type { JudgeContext, Reason } from './judgement.ts'
import { innerOf, layersAround } from './layers.ts'
import type { Whereabouts } from './paths.ts'
import { protectedReasons, unknownFiles } from './protect.ts'
import { redirectedFiles, startingPoints, type TouchedFile } from './touched-files.ts'
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
  const commands = decideCommands(reading, context)
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
function decideCommands(reading: Reading, context: JudgeContext): readonly DecidedCommand[] {
  const { commands } = reading
  const done: DecidedCommand[] = []
  for (const [index, command] of [...commands.entries()].reverse()) {
    const inner = innerOf(index, commands)
    const around = {
      wrappers: layersAround(index, commands),
      found: startingPoints(command, commands.slice(0, index)),
    }
    const view = viewCommand(command, around, context)
    const isNothing = command.isWrapper && inner === null && !mayBeAnswered(index, reading)
    const decision =
      inner !== null
        ? decideWrapper(view, done[commands.length - 1 - inner], context)
        : isNothing
          ? decideNothing(view, context)
          : decideCommand(view, context.policy)
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
  return decideBarriers(view, policy) ?? inner?.decision ?? decideCommand(view, policy)
}

/** Nothing runs in it: what counts are the files the line opens for it. */
function decideNothing(view: CommandView, context: JudgeContext): Decision {
  const barrier = decideBarriers(view, context.policy)
  if (barrier !== null) return barrier
  return (
    decideFiles(
      view.files.filter(file => file.by === 'redirection'),
      view.where,
      context,
    ) ?? NOTHING
  )
}

const NOTHING = decided('allow', 'default', [
  {
    code: 'nothing-runs',
    text: 'nothing runs here that is not judged elsewhere in the line',
    at: '',
  },
])

function mayBeAnswered(index: number, { misreadings }: Reading): boolean {
  return misreadings.some(misreading => misreading.answerable === index)
}

function decideWhen(context: JudgeContext): Decision[] {
  const outside = outsideOf(context.policy.when, context)
  return outside === null ? [] : [decided('deny', 'default', [outside])]
}

/** What is too much for a reader of lines is too much for an approver: denied, never asked. */
const OVER_LIMIT = new Set(['nesting', 'too-many-commands', 'too-long'])

function decideMisreading(misreading: Misreading, { policy }: JudgeContext): Decision {
  const { class: kind, code, text, at } = misreading
  const isDenied = kind === 'unreadable' || OVER_LIMIT.has(code)
  const verdict = isDenied ? 'deny' : policy.analysis[kind]
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
    view.args.every(word => word.is === 'literal') &&
    decision.rules.some(rule => !rule.programs.includes('*'))
  )
}

/**
 * Redirections that belong to no command are the line's own doing. A file read so is judged as `cat`
 * would be; a file written so is one that no rule speaks about.
 */
function decideLoose({ loose }: Reading, context: JudgeContext): Decision[] {
  return loose.redirections.flatMap(redirection => {
    const where = whereaboutsOf(null, context)
    const written = decideFiles(redirectedFiles([redirection], where), where, context)
    if (redirection.direction === 'write' || written?.rule === 'protect') return written ?? []
    const view = viewCommand(readingOf(redirection), { wrappers: [], found: null }, context)
    return decideCommand(view, context.policy)
  })
}

function readingOf({ target }: Redirection): ReadCommand {
  return {
    argv: [{ is: 'literal', text: 'cat' }, { is: 'literal', text: '--' }, target],
    as: null,
    directory: null,
    via: [],
    isWrapper: false,
    assignments: [],
    redirections: [],
    at: `< ${target.is === 'literal' ? target.text : target.source}`,
  }
}

function decideFiles(
  files: readonly TouchedFile[],
  where: Whereabouts,
  { policy }: JudgeContext,
): Decision | null {
  if (files.length === 0) return null
  const guarded = protectedReasons(files, where, policy)
  if (guarded.length > 0) return decided('deny', 'protect', guarded)
  const unclear = unknownFiles(files, policy)
  if (unclear.length > 0) return decided(policy.analysis.dynamic, 'dynamic', unclear)
  if (files.every(({ path }) => path.is === 'path' && path.text === '/dev/null')) return null
  const reasons = files.map(
    ({ word }): Reason => ({
      code: 'loose-redirection',
      text: `${word} is opened by the line itself, for no command that a rule could allow it to`,
      at: word,
    }),
  )
  return decided(policy.default, 'default', reasons)
}
