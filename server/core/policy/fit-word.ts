/** Single words against what a policy says a word may be. */
import type { Word } from '../command/reading.ts'
import { wordText } from './touched-files.ts'
import { broken, every, type Fit, KEPT, unknown } from './fit.ts'
import { matchesPattern } from './patterns.ts'
import { ANYWHERE, isWithin, pathOf, type Path, type Whereabouts } from './paths.ts'
import type { ArgumentShape, WordLimits } from './policy.ts'

export function fitWord(word: Word, limits: WordLimits, where: Whereabouts): Fit {
  const { oneOf, pattern, paths } = limits
  const fits: Fit[] = []
  if (oneOf !== null || pattern !== null) fits.push(fitText(word, limits))
  if (paths !== null) fits.push(fitPathWord(word, paths, where))
  return every(fits)
}

/** To most programs a dash makes an option of any word, wherever it stands. */
function fitPathWord(word: Word, globs: readonly string[], where: Whereabouts): Fit {
  const text = wordText(word)
  if (text.startsWith('-')) return broken(`${text} is an option, not a path; write ./${text}`, text)
  return fitPath(pathOf(word, where), text, globs, where)
}

/** A list of words against an exact shape; `what` names the list in sentences. */
export function fitShape(
  words: readonly Word[],
  shape: readonly ArgumentShape[],
  where: Whereabouts,
  what = 'arguments',
): Fit {
  const rest = shape.at(-1)?.is === 'rest' ? shape.at(-1) : undefined
  const fixed = shape.filter(expected => expected.is !== 'rest')
  const needed = fixed.filter(expected => expected.is !== 'optional').length
  const sentence = `the ${what} must be: ${shape.map(shapeText).join(' ') || '(none)'}`
  const several = words.find(
    word => word.is === 'dynamic' && word.several && !isFilledInSafely(word),
  )
  const isOpen = rest?.is === 'rest' && isFree(rest.limits)
  if (several !== undefined && !isOpen) {
    const text = wordText(several)
    return unknown(`${sentence}, and ${text} may become any number of words`, text)
  }
  if (words.length < needed) return broken(sentence)
  return every(
    words.map((word, index) => {
      const expected = fixed[index] ?? rest
      if (expected === undefined) return broken(sentence, wordText(word))
      const fit = fitOne(word, expected, where)
      return fit.is === 'kept' ? fit : { ...fit, text: sentence, at: wordText(word) }
    }),
  )
}

/** Whatever a plain glob becomes, every word of it is a path below the glob's place. */
function isFilledInSafely(word: Word): boolean {
  return pathOf(word, ANYWHERE).is !== 'unknown'
}

export function fitPath(
  path: Path,
  word: string,
  globs: readonly string[],
  where: Whereabouts,
): Fit {
  if (path.is !== 'unknown') {
    if (globs.some(glob => isWithin(path, glob, where))) return KEPT
    if (path.is !== 'path') {
      return broken(`${word} may take in more than ${listed(globs)}; name the files`, word)
    }
    return broken(`${word} is outside of ${listed(globs)}`, word)
  }
  return unknownPath(path, word)
}

/** Why a path is not known, and what to write instead. */
export function unknownPath({ because }: Path & { is: 'unknown' }, word: string): Fit {
  switch (because) {
    case 'dynamic':
      return unknown(
        `which file ${word} names is known only when it runs; write the path out`,
        word,
      )
    case 'relative':
      return unknown(
        `${word} depends on a directory that is not known; write the absolute path`,
        word,
      )
    case 'alias':
      return unknown(
        `${word} is another name for a file that cannot be told; write its own path`,
        word,
      )
  }
}

/** Whether the word could be anything at all under these limits. */
export function isFree({ oneOf, pattern, paths }: WordLimits): boolean {
  return oneOf === null && pattern === null && paths === null
}

/** At most this many alternatives in a sentence: an agent needs a hint, not the policy. */
const LISTED = 12

export function listed(items: readonly string[]): string {
  const shown = items.slice(0, LISTED).join(', ')
  const more = items.length - LISTED
  return more > 0 ? `${shown} and ${more} more` : shown
}

function fitOne(word: Word, expected: ArgumentShape, where: Whereabouts): Fit {
  switch (expected.is) {
    case 'text':
      if (word.is === 'dynamic') return unknown('')
      return word.text === expected.text ? KEPT : broken('')
    case 'limits':
    case 'optional':
    case 'rest':
      return fitWord(word, expected.limits, where)
  }
}

function fitText(word: Word, { oneOf, pattern }: WordLimits): Fit {
  const text = wordText(word)
  const wanted =
    oneOf === null ? `text that matches ${shortened(pattern ?? '')}` : `one of ${listed(oneOf)}`
  if (word.is === 'dynamic') {
    return unknown(`${text} is known only when it runs, and must be ${wanted}; write it out`, text)
  }
  const isOneOf = oneOf === null || oneOf.includes(word.text)
  const isMatch = pattern === null || matchesPattern(pattern, word.text)
  return isOneOf && isMatch ? KEPT : broken(`${text} is not ${wanted}`, text)
}

function shapeText(shape: ArgumentShape): string {
  switch (shape.is) {
    case 'text':
      return shape.text
    case 'limits':
      return limitsText(shape.limits)
    case 'optional':
      return `[${limitsText(shape.limits)}]`
    case 'rest':
      return `${limitsText(shape.limits)}…`
  }
}

function limitsText({ oneOf, pattern, paths }: WordLimits): string {
  const parts = [
    oneOf === null ? '' : listed(oneOf).replaceAll(', ', '|'),
    pattern === null ? '' : `/${shortened(pattern)}/`,
    paths === null ? '' : `a path in ${listed(paths)}`,
  ].filter(part => part !== '')
  return `<${parts.join(' and ') || 'anything'}>`
}

/** A pattern is for whoever wrote the policy; an agent gets its beginning. */
const SHOWN_PATTERN = 60

function shortened(pattern: string): string {
  return pattern.length > SHOWN_PATTERN ? `${pattern.slice(0, SHOWN_PATTERN)}…` : pattern
}
