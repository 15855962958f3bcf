import type { Result } from '../result.ts'

/** One word of a line to the counter. What stands in quotes is never an option. */
export interface Word {
  readonly text: string
  readonly isQuoted: boolean
}

/** What may stand before an opening quote: `--reason='two words'`. */
const OPTION_BEFORE_QUOTE = /--[a-z]+=(?=['"])/y

/**
 * Splits a line at its spaces. Quotes of either kind keep words together where they stand around a whole
 * word; within one they are letters, so that "can't" needs no care. There are no variables, escapes or
 * operators here: what is read is what stands there.
 */
export function splitWords(line: string): Result<readonly Word[], string> {
  const words: Word[] = []
  let at = 0
  while (at < line.length) {
    if (line[at] === ' ') {
      at += 1
      continue
    }
    OPTION_BEFORE_QUOTE.lastIndex = at
    const option = OPTION_BEFORE_QUOTE.exec(line)?.[0] ?? ''
    at += option.length
    const first = line[at]
    if (first === '"' || first === "'") {
      const end = line.indexOf(first, at + 1)
      if (end === -1) return { ok: false, fault: `a quote ${first} is not closed` }
      if (end + 1 < line.length && line[end + 1] !== ' ') {
        return { ok: false, fault: `a quote ${first} closes in the middle of a word` }
      }
      words.push({ text: option + line.slice(at + 1, end), isQuoted: option === '' })
      at = end + 1
    } else {
      const space = line.indexOf(' ', at)
      const end = space === -1 ? line.length : space
      words.push({ text: line.slice(at, end), isQuoted: false })
      at = end
    }
  }
  return { ok: true, value: words }
}
