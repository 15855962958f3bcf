/** Which files a command would open or walk through, as far as its words tell. */
import type { ReadArguments, ReadOperand } from '../command/arguments.ts'
import type { ReadCommand, Redirection, Word } from '../command/reading.ts'
import { type Direction, directionOf } from './directions.ts'
import { ANYWHERE, type Path, pathOf, type Whereabouts } from './paths.ts'

export interface TouchedFile {
  readonly path: Path
  readonly direction: Direction
  /** What is below a directory counts too: what its files hold, or only what they are called. */
  readonly reach: 'itself' | 'names' | 'contents'
  /** As the agent wrote it. */
  readonly word: string
  readonly by: 'operand' | 'option' | 'redirection'
}

/** Walk trees and show names, not contents. What `find -exec` runs is a command of its own. */
const WALK_NAMES = new Set(['find', 'ls', 'dir', 'vdir', 'tree', 'getfacl', 'lsattr'])
/** Walk trees and show sums. */
const WALK_SILENTLY = new Set(['du'])

/** The files that the arguments name. `program` is the bare name; `found` as in `startingPoints`. */
export function filesOfArguments(
  program: string,
  args: readonly Word[],
  read: ReadArguments,
  found: readonly Word[] | null,
  where: Whereabouts,
): TouchedFile[] {
  const direction = directionOf(program, read)
  const reach = reachOf(program, read)
  const takesPaths = read.operands.some(operand => operand.kind === 'path')
  const operands = operandsOf(program, read)
    // An unquoted word may become several, and push its neighbours into the places of paths.
    .filter(({ kind, word }) => kind === 'path' || (takesPaths && becomesSeveral(word)))
    .filter(({ word }) => !(word.is === 'literal' && word.text === '-'))
    .flatMap(({ word }) => filesOf(word, direction, 'operand'))
  const values = read.options.flatMap(({ value, kind, effect }) =>
    value === null || kind !== 'path'
      ? []
      : filesOf(value, effect === 'writes' ? 'write' : direction, 'option'),
  )
  const hidden = hiddenPaths(read, args).flatMap(word => filesOf(word, direction, 'option'))
  // The shell looks for what a glob matches, and whatever it finds becomes words of any kind.
  const globs = args
    .filter(word => isGlob(word) && !operands.some(file => file.word === wordText(word)))
    .flatMap(word => filesOf(word, direction, 'operand'))
  const here: Word = { is: 'literal', text: '.' }
  const isHere = reach !== 'itself' && operands.length === 0
  return [
    ...operands,
    ...values,
    ...hidden,
    ...globs,
    ...(isHere ? filesOf(here, direction, 'operand') : []),
  ]

  function filesOf(word: Word, how: Direction, by: TouchedFile['by']): TouchedFile[] {
    const text = wordText(word)
    const paths = isFound(word, found) ? found.map(belowOf) : [pathOf(word, where)]
    return paths.map(path => ({ path, direction: how, reach, word: text, by }))
  }

  function belowOf(start: Word): Path {
    const path = pathOf(start, where)
    return path.is === 'path'
      ? { is: 'tree', text: path.text }
      : { is: 'unknown', because: 'dynamic' }
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
    reach: 'itself',
    word: wordText(target),
    by: 'redirection',
  }))
}

/**
 * Where the find that runs this command begins to walk; null when no find runs it. `{}` is then a path
 * at or below one of these, and no option: find writes them in front of every path (find(1)).
 */
export function startingPoints(
  { via }: ReadCommand,
  earlier: readonly ReadCommand[],
): readonly Word[] | null {
  if (via.at(-1) !== 'find -exec' && via.at(-1) !== 'find -ok') return null
  const find = earlier.findLast(
    ({ argv: [name], via: outer }) =>
      name?.is === 'literal' &&
      name.text.endsWith('find') &&
      outer.length === via.length - 1 &&
      outer.every((layer, index) => layer === via[index]),
  )
  if (find === undefined) return null
  const args = find.argv.slice(1)
  const end = args.findIndex(word => /^[-(!,]/.test(wordText(word)) && !isFindOption(word))
  const points = (end === -1 ? args : args.slice(0, end)).filter(word => !isFindOption(word))
  return points.length > 0 ? points : [{ is: 'literal', text: '.' }]
}

/** True for `{}` in a command that find runs. */
export function isFound(word: Word, found: readonly Word[] | null): found is readonly Word[] {
  return found !== null && word.is === 'dynamic' && word.source === '{}'
}

export function wordText(word: Word): string {
  return word.is === 'literal' ? word.text : word.source
}

function isGlob(word: Word): boolean {
  return word.is === 'dynamic' && pathOf(word, ANYWHERE).is === 'glob'
}

/** True when the word may become several, with options among them. */
export function becomesSeveral(word: Word): boolean {
  return word.is === 'dynamic' && word.several && pathOf(word, ANYWHERE).is === 'unknown'
}

/** `-f/etc/shadow` in a word of letters that nobody knows may be an option with its value. */
function hiddenPaths({ options }: ReadArguments, args: readonly Word[]): Word[] {
  const places = new Set(options.filter(option => !option.isKnown).map(option => option.at))
  return [...places].flatMap((at): Word[] => {
    const word = args[at]
    const slash = word?.is === 'literal' ? word.text.indexOf('/') : -1
    return word?.is !== 'literal' || slash === -1
      ? []
      : [{ is: 'literal', text: word.text.slice(slash) }]
  })
}

function isFindOption(word: Word): boolean {
  return /^-([HLP]+|O\d)$/.test(wordText(word))
}

function reachOf(program: string, { walksTrees }: ReadArguments): TouchedFile['reach'] {
  if (!walksTrees || WALK_SILENTLY.has(program)) return 'itself'
  return WALK_NAMES.has(program) ? 'names' : 'contents'
}

/** `rsync --server … . PATH`: the dot is a placeholder, not the directory (rsync's own options.c). */
function operandsOf(program: string, { options, operands }: ReadArguments): readonly ReadOperand[] {
  const [first] = operands
  const isServer = program === 'rsync' && options.some(({ typed }) => typed === '--server')
  const isPlaceholder = first?.word.is === 'literal' && first.word.text === '.'
  return isServer && isPlaceholder ? operands.slice(1) : operands
}
