/**
 * True for the right side of `=~` when it is an expression of ordinary characters: its brackets and bars are
 * the expression's, not the shell's, and quoting any of them would change what it matches (Bash manual
 * 3.2.5.2). It can then stand as it is; with quotes, blanks or expansions in it, it is a word like others.
 */
export function isPlainRegex(text: string): boolean {
  const hasOnlyPlain = /^[A-Za-z0-9_.^$+*?[\]{}|()\\,:@%/=~-]+$/.test(text)
  const unescaped = text.replace(/\\./g, '')
  return hasOnlyPlain && !/\$(?![)|]|$)|\\$/.test(unescaped) && isBalanced(unescaped)
}

function isBalanced(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '(') depth += 1
    if (character === ')') depth -= 1
    if (depth < 0) return false
  }
  return depth === 0
}
