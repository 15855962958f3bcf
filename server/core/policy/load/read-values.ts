/** Values with a form of their own: globs, patterns, names, sizes, durations. */
import type { Node } from 'yaml'
import { checkPattern } from '../patterns.ts'
import type { Entry, Source } from './source.ts'

/** A pattern longer than this is not one that anybody reviews. */
const LONGEST_PATTERN = 1000

/** Globs of paths. `where` says where the first segment may not be relative. */
export function readGlobs(source: Source, entry: Entry, where: 'anywhere' | 'anchored'): string[] {
  return source.words(entry).flatMap(({ text, node }) => {
    const fault = globFault(text, where)
    if (fault === null) return [withoutTail(text)]
    source.error(node, `${entry.name}: "${text}" ${fault}`)
    return []
  })
}

export function readPattern(source: Source, entry: Entry): string | null {
  const text = source.text(entry)
  return text === null ? null : checkedPattern(source, entry.name, text, entry.value ?? entry.key)
}

export function readPatterns(source: Source, entry: Entry): string[] {
  return source
    .words(entry)
    .flatMap(({ text, node }) => checkedPattern(source, entry.name, text, node) ?? [])
}

/** `90s`, `5m`, `1h`, in milliseconds. */
export function readDuration(source: Source, entry: Entry): number | null {
  const text = source.text(entry)
  if (text === null) return null
  const [, digits, unit] = /^([1-9]\d{0,5})(s|m|h)$/.exec(text) ?? []
  if (digits !== undefined && unit !== undefined) {
    return Number(digits) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h']
  }
  source.error(
    entry.value ?? entry.key,
    `${entry.name}: "${text}" is no duration; write 90s, 5m or 1h`,
  )
  return null
}

/** `200MB`, `10KiB`, `5GB`, in bytes. */
export function readSize(source: Source, entry: Entry): number | null {
  const text = source.text(entry)
  if (text === null) return null
  const [, digits, prefix, binary] = /^(\d{1,9}) ?([KMGT]?)(i?)B?$/.exec(text) ?? []
  if (digits !== undefined && prefix !== undefined) {
    return Number(digits) * (binary === 'i' ? 1024 : 1000) ** ' KMGT'.indexOf(prefix || ' ')
  }
  source.error(
    entry.value ?? entry.key,
    `${entry.name}: "${text}" is no size; write 200MB or 64KiB`,
  )
  return null
}

function globFault(text: string, where: 'anywhere' | 'anchored'): string | null {
  const segments = text.split('/')
  if (/\p{Cc}/u.test(text)) return 'holds a control character'
  if (/[[\]{}\\]/.test(text))
    return 'uses brackets, braces or a backslash; a glob has only *, ? and **'
  if (segments.includes('..'))
    return 'holds .. and would match nothing: paths are compared after .. is resolved'
  if (segments.some((segment, index) => segment === '.' && index > 0))
    return 'holds /./ and would match nothing'
  if (text.includes('//')) return 'holds // and would match nothing'
  if (segments.some(segment => segment.includes('**') && segment !== '**')) {
    return 'has ** beside other characters; ** stands for whole directories'
  }
  if (/^~[^/]/.test(text))
    return "names another user's home, which is not known here; write its path"
  if (where === 'anchored' && !/^(\/|~(\/|$)|\*\*\/)/.test(text))
    return 'must begin with /, ~/ or **/'
  return null
}

function withoutTail(glob: string): string {
  return glob.length > 1 ? glob.replace(/\/$/, '') : glob
}

function checkedPattern(source: Source, name: string, text: string, node: Node): string | null {
  if (text.length > LONGEST_PATTERN) {
    source.error(node, `${name}: a pattern is at most ${LONGEST_PATTERN} characters long`)
    return null
  }
  const checked = checkPattern(text)
  if (checked.ok) return text
  source.error(node, `${name}: ${checked.fault} (RE2 syntax: no look-around, no back-references)`)
  return null
}
