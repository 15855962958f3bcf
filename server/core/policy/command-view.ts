/** A command as the rules see it: which program, under whom, and which files it would touch. */
import { readArguments, type ReadArguments } from '../command/arguments.ts'
import { programFacts, type ProgramFacts } from '../command/program-facts.ts'
import type { Assignment, ReadCommand, Word } from '../command/reading.ts'
import type { JudgeContext } from './judgement.ts'
import { ANYWHERE, pathOf, type Whereabouts } from './paths.ts'
import { filesOfArguments, isFound, redirectedFiles, type TouchedFile } from './touched-files.ts'

export interface CommandView {
  readonly command: ReadCommand
  /** The program's name as found; null when it is not known before it runs. */
  readonly program: string | null
  readonly facts: ProgramFacts
  readonly args: readonly Word[]
  readonly read: ReadArguments
  /** Words that may turn out to be options, or to be several words with options among them. */
  readonly maybeOptions: readonly Word[]
  /** The user it runs as when that is not the login; `unknown` when only running will tell. */
  readonly as: { readonly user: string } | 'login' | 'unknown'
  /** Its own variables and those its wrappers set. */
  readonly assignments: readonly Assignment[]
  readonly where: Whereabouts
  /** What its arguments name, and what the line redirects for it or for its wrappers. */
  readonly files: readonly TouchedFile[]
}

/** What stands around a command and decides what its words mean. */
export interface Around {
  /** Its wrapper layers, outermost first. */
  readonly wrappers: readonly ReadCommand[]
  /** Where the find that runs it begins to walk; null when no find runs it. */
  readonly found: readonly Word[] | null
}

export function viewCommand(
  command: ReadCommand,
  { wrappers, found }: Around,
  context: JudgeContext,
): CommandView {
  const [word, ...args] = command.argv
  const program = word?.is === 'literal' ? word.text : null
  const known = bareName(program)
  const read = readArguments(known, args)
  const where = whereaboutsOf(command, context)
  return {
    command,
    program,
    facts: programFacts(known),
    args,
    read,
    maybeOptions: maybeOptions(args, read, found),
    as: runsAs(command, wrappers, context.login),
    assignments: [...wrappers, command].flatMap(layer => layer.assignments),
    where,
    files: [
      // A wrapper's words are those of the command inside, which is viewed for itself.
      ...(command.isWrapper ? [] : filesOfArguments(known, args, read, found, where)),
      ...[...wrappers, command].flatMap(layer =>
        redirectedFiles(layer.redirections, whereaboutsOf(layer, context)),
      ),
    ],
  }
}

export function whereaboutsOf(command: ReadCommand | null, context: JudgeContext): Whereabouts {
  const { homeDirectory, workingDirectory, login } = context
  const began = { homeDirectory, workingDirectory, login }
  if (command === null || command.directory === null) return began
  const moved = pathOf(command.directory, began)
  return { ...began, workingDirectory: moved.is === 'path' ? moved.text : null }
}

/**
 * The name the tables of facts know a program by. `/tmp/cat` need not be cat: outside the system's
 * directories a program is one without an entry, whose operands are all compared as paths.
 */
function bareName(program: string | null): string {
  if (program === null) return ''
  const system = /^\/(?:usr\/(?:local\/)?)?s?bin\/([^/]+)$/.exec(program)
  return system?.[1] ?? program
}

function runsAs(
  command: ReadCommand,
  wrappers: readonly ReadCommand[],
  login: string,
): CommandView['as'] {
  const { as } = command
  if (as === null) return 'login'
  if (as.is === 'dynamic' || wrappers.some(layer => changesGroup(layer, command))) return 'unknown'
  // `-u '#0'` is root by its number: which user that is, only the target knows.
  if (/^#?\d+$/.test(as.text)) return 'unknown'
  return as.text === login ? 'login' : { user: as.text }
}

/** `sudo -g`, `-r`, `-t`: a user with another group or role is not the user that a rule means. */
function changesGroup({ argv }: ReadCommand, inner: ReadCommand): boolean {
  const [name, ...own] = argv.slice(0, Math.max(1, argv.length - inner.argv.length))
  if (name?.is !== 'literal' || !/(^|\/)sudo$/.test(name.text)) return false
  return own.some(word => word.is === 'literal' && /^-[A-Za-z]*[grt]|^--(gr|ro|ty)/.test(word.text))
}

function maybeOptions(
  args: readonly Word[],
  read: ReadArguments,
  found: readonly Word[] | null,
): Word[] {
  const end = args.findIndex(word => word.is === 'literal' && word.text === '--')
  return args.filter((word, at) => {
    if (word.is === 'literal' || (end !== -1 && at > end) || isFound(word, found)) return false
    if (pathOf(word, ANYWHERE).is !== 'unknown') return false
    return read.maybeOptions.includes(at) || word.several
  })
}
