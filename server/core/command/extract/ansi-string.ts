/**
 * True when `$'…'` spells text that needs no second thought: what it says is what the program gets.
 * Refused: NUL, which ends the word early (`$'rm\0x'` is rm); `\c`; bytes above 0x7f, which are no
 * characters; `\x{…}`, which only some versions read; escapes bash does not define (Bash manual, 3.1.2.4).
 */
export function isPlainAnsiString(source: string): boolean {
  const body = source.slice(2, -1)
  for (const [, escape = ''] of body.matchAll(ESCAPES)) {
    if (!isPlainEscape(escape)) return false
  }
  return true
}

const ESCAPES = /\\(x\{?[0-9a-fA-F]*\}?|[0-7]{1,3}|u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8}|c[^]|[^])/g

function isPlainEscape(escape: string): boolean {
  const kind = escape[0] ?? ''
  if (kind === 'x') return !escape.startsWith('x{') && isPlainCode(escape.slice(1, 3), 16)
  if (/[0-7]/.test(kind)) return isPlainCode(escape, 8)
  if (/[uU]/.test(kind)) return isPlainCode(escape.slice(1), 16)
  return /[abeEfnrtv\\'"?]/.test(kind)
}

function isPlainCode(digits: string, base: number): boolean {
  const code = Number.parseInt(digits, base)
  return code > 0 && code < 0x80
}
