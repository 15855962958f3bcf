/**
 * What a word means as a path, as far as text can tell: `.` and `..` resolved, `~` and relative paths
 * put where they belong. Symbolic and hard links on the target are not seen (LANGUAGE.md, "Paths").
 *
 * A home directory whose place is not known stays `~`: such a path is `~/notes`, and is compared as text.
 */
import type { Word } from '../command/reading.ts'
import { coversPath, meetsBeneath, meetsPath } from './globs.ts'

export type Path =
  | { readonly is: 'path'; readonly text: string }
  /** The shell will fill in `*` and `?`, which never yield a slash or a `..` here. */
  | { readonly is: 'glob'; readonly text: string }
  /** Something at or below this place, which walking the tree will find. */
  | { readonly is: 'tree'; readonly text: string }
  | { readonly is: 'unknown'; readonly because: 'dynamic' | 'relative' | 'alias' }

export interface Whereabouts {
  /** Absolute, or `~`; null when it is not known. */
  readonly workingDirectory: string | null
  readonly homeDirectory: string | null
  /** Whose home `~` is. */
  readonly login: string
}

/** For questions about a word's form alone: is it a path at all? */
export const ANYWHERE: Whereabouts = { workingDirectory: '/', homeDirectory: '/', login: '' }

/** The path a word of the command line names. */
export function pathOf(word: Word, where: Whereabouts): Path {
  if (word.is === 'literal') return pathOfText(word.text, where)
  if (word.home !== undefined) return unlessAlias(`~/${word.home}`, where, 'path')
  if (isPlainGlob(word.source)) return unlessAlias(word.source, where, 'glob')
  // The shell replaces `~` only at the beginning of a word, unquoted: what follows is literal.
  if (/^~(\/[\w.,:@%+=/-]*)?$/.test(word.source)) return unlessAlias(word.source, where, 'path')
  return { is: 'unknown', because: 'dynamic' }
}

/** The path that text names to a program, which knows nothing of `~`: there it is a name like any other. */
export function pathOfText(text: string, where: Whereabouts): Path {
  return unlessAlias(text.startsWith('~') ? `./${text}` : text, where, 'path')
}

/** True when every path it may be matches the policy's glob. */
export function isWithin(path: Path, glob: string, where: Whereabouts): boolean {
  if (path.is === 'unknown') return false
  const pattern = patternOf(glob, where)
  const subject = path.is === 'tree' ? `${path.text}/**` : path.text
  return pattern !== null && coversPath(pattern, subject)
}

/** True when it is, or may be, or (for programs that walk trees) stands above, what the glob names. */
export function mayTouch(
  path: Exclude<Path, { is: 'unknown' }>,
  glob: string,
  walksTrees: boolean,
  where: Whereabouts,
): boolean {
  const reachesBelow = walksTrees || path.is === 'tree'
  const isMet = path.is === 'glob' ? meetsPath : coversPath
  const { at, below } = guises(path.text, glob, where)
  return (
    at.some(([pattern, subject]) => isMet(pattern, subject)) ||
    (reachesBelow && below.some(([pattern, subject]) => meetsBeneath(pattern, subject)))
  )
}

type Guise = readonly [pattern: string, subject: string]

/**
 * Pattern and subject, side by side. Where only one of them speaks of a home whose place is not known,
 * both are written as absolute paths: `at` takes the home to be anywhere, `below` where homes usually
 * are, since everything stands above anywhere.
 */
function guises(
  subject: string,
  glob: string,
  where: Whereabouts,
): { readonly at: readonly Guise[]; readonly below: readonly Guise[] } {
  const pattern = patternOf(glob, where) ?? `/**/${glob}`
  if (isHome(pattern) === isHome(subject)) {
    return { at: [[pattern, subject]], below: [[pattern, subject]] }
  }
  const homes = homesOf(where.login)
  if (isHome(pattern)) {
    const below = homes.map((home): Guise => [home + pattern.slice(1), subject])
    return { at: [[`/**${pattern.slice(1)}`, subject]], below }
  }
  // No home lies in the system's own directories.
  const isSystem = /^\/(bin|boot|dev|etc|lib|lib32|lib64|proc|run|sbin|sys|usr)(\/|$)/.test(pattern)
  const both = isSystem ? [] : homes.map((home): Guise => [pattern, home + subject.slice(1)])
  return { at: both, below: both }
}

/** Where the home of a login usually is. */
function homesOf(login: string): string[] {
  if (login === 'root') return ['/root']
  return ['/home', '/var/lib'].map(parent => `${parent}/${login}`)
}

/** A policy's glob as a place; null for a relative one where the working directory is not known. */
function patternOf(glob: string, where: Whereabouts): string | null {
  return glob.startsWith('**') ? glob : place(glob, where)
}

function isHome(path: string): boolean {
  return path === '~' || path.startsWith('~/')
}

/**
 * `*` and `?` among characters that mean nothing else to a shell, and not at the very beginning, where
 * a file called `-rf` would become an option. `.*` may become `..` and climb.
 */
function isPlainGlob(source: string): boolean {
  return (
    /^(~\/|[\w./])[\w.,:@%+=/*?-]*$/.test(source) &&
    /[*?]/.test(source) &&
    !source.includes('**') &&
    !source.split('/').some(segment => /^\.[*?.]/.test(segment) && segment !== '..')
  )
}

function unlessAlias(text: string, where: Whereabouts, is: 'path' | 'glob'): Path {
  const placed = place(text, where)
  if (placed === null) return { is: 'unknown', because: 'relative' }
  if (ALIASES.some(alias => meetsPath(alias, placed))) return { is: 'unknown', because: 'alias' }
  return { is, text: placed }
}

/** Where the kernel gives other names to any file at all: text cannot tell which (proc(5)). */
const ALIASES = ['root', 'cwd', 'fd', 'map_files', 'exe']
  .flatMap(name => [`/proc/*/${name}/**`, `/proc/*/task/*/${name}/**`])
  .concat('/dev/fd/**')

/** Absolute or below `~`, with `.` and `..` resolved; null where the place is not known. */
function place(text: string, { workingDirectory, homeDirectory }: Whereabouts): string | null {
  const isAnchored = text.startsWith('/') || isHome(text)
  if (!isAnchored && workingDirectory === null) return null
  const whole = isAnchored ? text : `${workingDirectory}/${text}`
  return resolveDots(
    isHome(whole) && homeDirectory !== null ? homeDirectory + whole.slice(1) : whole,
  )
}

/** Resolves `.` and `..` as text; null where `..` would leave a home whose place is not known. */
function resolveDots(path: string): string | null {
  const isAbsolute = path.startsWith('/')
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.length > (isAbsolute ? 0 : 1)) segments.pop()
    else if (!isAbsolute) return null
  }
  const joined = segments.join('/')
  return isAbsolute ? `/${joined}` : joined
}
