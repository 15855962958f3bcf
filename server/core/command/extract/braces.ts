/** More words than this from one brace expansion are not listed; the word is then dynamic. */
const WORDS_LIMIT = 200

/**
 * The words a brace expansion yields, in bash's order; null when it is not one that is understood here.
 * `text` is unquoted and holds nothing special but the braces.
 */
export function expandBraces(text: string): readonly string[] | null {
  if (/[^A-Za-z0-9_/.,:@%+=#^~{}-]/.test(text)) return null
  const group = firstGroup(text)
  if (group === null) return /[{}]/.test(text) ? null : [text]
  const alternatives = alternativesOf(group.body)
  const tails = expandBraces(text.slice(group.end))
  if (alternatives === null || tails === null) return null
  const words: string[] = []
  for (const alternative of alternatives) {
    const middles = expandBraces(alternative)
    if (middles === null) return null
    for (const middle of middles) {
      for (const tail of tails) words.push(text.slice(0, group.start) + middle + tail)
    }
    if (words.length > WORDS_LIMIT) return null
  }
  return words
}

function firstGroup(text: string): { start: number; end: number; body: string } | null {
  const start = text.indexOf('{')
  if (start === -1) return null
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1
    if (text[at] === '}') depth -= 1
    if (depth === 0) return { start, end: at + 1, body: text.slice(start + 1, at) }
  }
  return null
}

function alternativesOf(body: string): readonly string[] | null {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const character of body) {
    if (character === '{') depth += 1
    if (character === '}') depth -= 1
    if (character === ',' && depth === 0) {
      parts.push(part)
      part = ''
    } else {
      part += character
    }
  }
  parts.push(part)
  return parts.length > 1 ? parts : sequenceOf(body)
}

/** `{1..9}`, `{1..9..2}`; zero-padded ends (`{01..10}`) pad every number to the longer one's width. */
function sequenceOf(body: string): readonly string[] | null {
  const match = /^(-?\d{1,6})\.\.(-?\d{1,6})(?:\.\.(-?\d{1,4}))?$/.exec(body)
  if (match === null) return null
  const [, first = '', last = '', increment = '1'] = match
  const from = Number(first)
  const to = Number(last)
  const step = Math.abs(Number(increment)) || 1
  if (Math.abs(to - from) / step > WORDS_LIMIT) return null
  const isPadded = /^-?0\d/.test(first) || /^-?0\d/.test(last)
  const width = isPadded ? Math.max(first.length, last.length) : 0
  const words: string[] = []
  for (let n = from; from <= to ? n <= to : n >= to; n += from <= to ? step : -step) {
    words.push(n < 0 ? `-${String(-n).padStart(width - 1, '0')}` : String(n).padStart(width, '0'))
  }
  return words
}
