/** Words the shell reads as syntax where a command begins (Bash manual 3.2, Reserved Words). */
const RESERVED =
  /^(!|\{|\}|\[\[|\]\]|if|then|else|elif|fi|for|select|while|until|do|done|case|esac|in|function|time|coproc)$/

/** What every shell reads as itself, wherever it stands. */
const PLAIN = /^[A-Za-z0-9_/.,:@%+-]+$/

/** `[` and `]` alone are the words of a test; only together in one word are they a pattern. */
const BRACKET = /^[[\]]$/

/** An option with a value: the `=` cannot make an assignment of a word that begins with a dash. */
const PLAIN_OPTION = /^-[A-Za-z0-9_/.,:@%+=-]*$/

/** A word that the shell reads as exactly `text`. */
export function quote(text: string): string {
  if (BRACKET.test(text)) return text
  if (PLAIN.test(text) ? !RESERVED.test(text) : PLAIN_OPTION.test(text)) return text
  return HAS_CONTROL.test(text) ? ansiQuoted(text) : `'${text.replaceAll("'", "'\\''")}'`
}

/** Text between double quotes, without them. */
export function doubleQuotedText(text: string): string {
  return text.replace(/[\\$`"]/g, '\\$&')
}

/** Control characters may not stand in a line; an agent that spelled them gets them spelled again. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const HAS_CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/

function ansiQuoted(text: string): string {
  const escaped = text.replace(
    // oxlint-disable-next-line no-control-regex -- see above
    /[\\'\u0000-\u001f\u007f]/g,
    character =>
      /[\\']/.test(character)
        ? `\\${character}`
        : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `$'${escaped}'`
}
