/**
 * True when a sed script is made only of commands that print and change text. `e` runs commands, `w`, `W`
 * and `s///w` write files, `s///e` runs what it made, `r` and `R` read files (sed(1), GNU sed 4.8). A
 * script that is not understood to its end is not plain.
 */
export function isPlainSedScript(script: string): boolean {
  let rest = script
  while (rest !== '') {
    const next = readCommand(rest)
    if (next === null) return false
    rest = next
  }
  return true
}

/** What follows one command and its separator; null when it is not one of the plain ones. */
function readCommand(text: string): string | null {
  const start = text.replace(/^[\s;}]+/, '')
  if (start === '') return ''
  if (start.startsWith('#')) return afterLine(start)
  const unaddressed = withoutAddresses(start)
  if (unaddressed === null) return null
  const body = unaddressed.replace(/^(\s*!)*\s*/, '')
  const letter = body[0] ?? ''
  if (letter === '{') return body.slice(1)
  if (/[=dDgGhHnNpPxzF]/.test(letter)) return afterSeparator(body.slice(1))
  if (/[qQlL]/.test(letter)) return afterSeparator(body.slice(1).replace(/^\s*\d*/, ''))
  if (/[btT:]/.test(letter))
    return /^.\s*[A-Za-z0-9_]*/.test(body)
      ? afterSeparator(body.slice(1).replace(/^\s*[A-Za-z0-9_]*/, ''))
      : null
  // Their text goes to the end of the line, continued by a backslash.
  if (/[aic]/.test(letter)) return body.replace(/^[^\n\\]*(\\[^][^\n\\]*)*\n?/, '')
  if (letter === 'y') return afterDelimited(body.slice(1), 2, /^/)
  if (letter === 's') return afterDelimited(body.slice(1), 2, /^[gpiImM0-9]*/)
  return null
}

function afterLine(text: string): string {
  const end = text.indexOf('\n')
  return end === -1 ? '' : text.slice(end + 1)
}

function afterSeparator(text: string): string | null {
  const match = /^[ \t]*($|[;\n}]|#[^\n]*)/.exec(text)
  return match === null ? null : text.slice(match[0].length)
}

/** `/x/`, `\cxc`, numbers, `$`, `first~step`, `addr,+n`. */
function withoutAddresses(text: string): string | null {
  const one = withoutAddress(text)
  if (one === null) return null
  const comma = /^\s*,\s*/.exec(one)
  if (comma === null || one === text) return one
  const second = one.slice(comma[0].length).replace(/^[+~]/, '')
  return withoutAddress(second)
}

function withoutAddress(text: string): string | null {
  const plain = /^(\d+(~\d+)?|\$)/.exec(text)
  if (plain !== null) return text.slice(plain[0].length)
  const isCustom = text.startsWith('\\')
  if (!text.startsWith('/') && !isCustom) return text
  const end = endOfPart(text.slice(isCustom ? 2 : 1), isCustom ? (text[1] ?? '') : '/')
  if (end === null) return null
  return text.slice((isCustom ? 2 : 1) + end).replace(/^[IM]+/, '')
}

/** Behind `parts` stretches that end in the delimiter `text` begins with, the flags, and the separator. */
function afterDelimited(text: string, parts: number, flags: RegExp): string | null {
  const delimiter = text[0] ?? ''
  if (delimiter === '' || /[\\\n]/.test(delimiter)) return null
  let at = 1
  for (let part = 0; part < parts; part += 1) {
    const end = endOfPart(text.slice(at), delimiter)
    if (end === null) return null
    at += end
  }
  const rest = text.slice(at)
  return afterSeparator(rest.slice(flags.exec(rest)?.[0].length ?? 0))
}

/** Where the part ends, its delimiter included; null when it does not. Inside `[…]` a delimiter may be text or not. */
function endOfPart(text: string, delimiter: string): number | null {
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '\\') at += 1
    else if (character === delimiter) return at + 1
    // GNU sed takes a delimiter in brackets for text, others end the part there: not told apart here.
    else if (character === '[' && bracketHolds(text.slice(at), delimiter)) return null
  }
  return null
}

function bracketHolds(text: string, delimiter: string): boolean {
  const bracket = /^\[\^?\]?[^\]]*\]/.exec(text)
  return bracket?.[0].includes(delimiter) ?? false
}
