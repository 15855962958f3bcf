/**
 * Where words begin and end, as readline counts them (readline manual, "Commands For Moving"): letters and digits are a word,
 * everything else stands between words. ^W alone goes by blanks (unix-word-rubout).
 */
const IN_WORD = /[\p{L}\p{M}\p{N}]/u

/** Offset of the start of the word that ends at or before the end of `text` (backward-word). */
export function wordStart(text: string): number {
  let at = text.length
  while (at > 0 && !IN_WORD.test(characterBefore(text, at))) at -= characterBefore(text, at).length
  while (at > 0 && IN_WORD.test(characterBefore(text, at))) at -= characterBefore(text, at).length
  return at
}

function characterBefore(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at - 2) ?? 0)
  return character.length === 2 ? character : text.slice(at - 1, at)
}

/** Length of what stands before and in the next word of `text` (forward-word). */
export function wordEnd(text: string): number {
  return /^[^\p{L}\p{M}\p{N}]*[\p{L}\p{M}\p{N}]*/u.exec(text)?.[0].length ?? 0
}

/** Offset of the start of the last run of non-blanks in `text` (unix-word-rubout). */
export function blankWordStart(text: string): number {
  let at = text.length
  while (at > 0 && isBlank(text[at - 1])) at -= 1
  while (at > 0 && !isBlank(text[at - 1])) at -= 1
  return at
}

/**
 * The last word of a command line as the shell splits it (yank-last-arg): quotes keep blanks together,
 * operators are words of their own.
 */
export function lastArgument(line: string): string {
  let last = ''
  for (const [word] of line.matchAll(
    /(?:\\[\s\S]|'[^']*(?:'|$)|"(?:\\[\s\S]|[^"\\])*(?:"|$)|[^\s|&;()<>\\'"])+|[|&;()<>]+/g,
  )) {
    last = word
  }
  return last
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
