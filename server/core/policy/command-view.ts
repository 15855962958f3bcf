/** A command as the rules see it: which program, under whom, and which files it would touch. */
import { readArguments, type ReadArguments, type ReadOperand } from '../command/arguments.ts'
import { programFacts, type ProgramFacts } from '../command/program-facts.ts'
import type { Assignment, ReadCommand, Redirection, Word } from '../command/reading.ts'
import type { JudgeContext } from './judgement.ts'
import { type Direction, directionOf } from './directions.ts'
import { ANYWHERE, type Path, pathOf, type Whereabouts } from './paths.ts'

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
  /** Its own variables and those its wrappers set; likewise the files that redirections open. */
  readonly assignments: readonly Assignment[]
  readonly where: Whereabouts
  readonly files: readonly TouchedFile[]
}

/** A file that a command would open, as far as its arguments tell. */
export interface TouchedFile {
  readonly path: Path
  readonly direction: Direction
  readonly walksTrees: boolean
  /** As the agent wrote it. */
  readonly word: string
  readonly by: 'operand' | 'option' | 'redirection'
}

export function viewCommand(
  command: ReadCommand,
  wrappers: readonly ReadCommand[],
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
    maybeOptions: maybeOptions(args, read),
    as: runsAs(command, context.login),
    assignments: [...wrappers, command].flatMap(layer => layer.assignments),
    where,
    files: [
      ...filesOfArguments(known, read, where),
      ...redirectedFiles(command.redirections, where),
    ],
  }
}

/** The files that redirections open. */
export function redirectedFiles(
  redirections: readonly Redirection[],
  where: Whereabouts,
): TouchedFile[] {
  return redirections.map(({ direction, target }) => ({
    path: pathOf(target, where),
    direction,
    walksTrees: false,
    word: wordText(target),
    by: 'redirection',
  }))
}

export function whereaboutsOf(command: ReadCommand | null, context: JudgeContext): Whereabouts {
  const { homeDirectory, workingDirectory, login } = context
  const began = { homeDirectory, workingDirectory, login }
  if (command === null || command.directory === null) return began
  const moved = pathOf(command.directory, began)
  return { ...began, workingDirectory: moved.is === 'path' ? moved.text : null }
}

export function wordText(word: Word): string {
  return word.is === 'literal' ? word.text : word.source
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

function runsAs({ as }: ReadCommand, login: string): CommandView['as'] {
  if (as === null) return 'login'
  if (as.is === 'dynamic') return 'unknown'
  return as.text === login ? 'login' : { user: as.text }
}

function maybeOptions(args: readonly Word[], read: ReadArguments): Word[] {
  const end = args.findIndex(word => word.is === 'literal' && word.text === '--')
  return args.filter((word, at) => {
    if (word.is === 'literal' || (end !== -1 && at > end)) return false
    if (pathOf(word, ANYWHERE).is !== 'unknown') return false
    return read.maybeOptions.includes(at) || word.several
  })
}

function filesOfArguments(program: string, read: ReadArguments, where: Whereabouts): TouchedFile[] {
  const direction = directionOf(program, read)
  const { walksTrees } = read
  const takesPaths = read.operands.some(operand => operand.kind === 'path')
  const operands = operandsOf(program, read)
    // An unquoted word may become several, and push its neighbours into the places of paths.
    .filter(({ kind, word }) => kind === 'path' || (takesPaths && becomesSeveral(word)))
    .filter(({ word }) => !(word.is === 'literal' && word.text === '-'))
    .map(({ word }) => fileOf(word, direction, 'operand'))
  const values = read.options.flatMap(({ value, kind, effect }) =>
    value === null || kind !== 'path'
      ? []
      : [fileOf(value, effect === 'writes' ? 'write' : direction, 'option')],
  )
  const isHere = walksTrees && operands.length === 0
  const here = isHere ? [fileOf({ is: 'literal', text: '.' }, direction, 'operand')] : []
  return [...operands, ...values, ...here]

  function fileOf(word: Word, direction: Direction, by: TouchedFile['by']): TouchedFile {
    return { path: pathOf(word, where), direction, walksTrees, word: wordText(word), by }
  }
}

/** `rsync --server … . PATH`: the dot is a placeholder, not the directory (rsync's own options.c). */
function operandsOf(program: string, { options, operands }: ReadArguments): readonly ReadOperand[] {
  const [first] = operands
  const isServer = program === 'rsync' && options.some(({ typed }) => typed === '--server')
  const isPlaceholder = first?.word.is === 'literal' && first.word.text === '.'
  return isServer && isPlaceholder ? operands.slice(1) : operands
}

function becomesSeveral(word: Word): boolean {
  return word.is === 'dynamic' && word.several && pathOf(word, ANYWHERE).is === 'unknown'
}
