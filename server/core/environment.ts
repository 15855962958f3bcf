/** Locale names as setlocale(3) and locale(7) write them; nothing that a program could read as a path. */
const LOCALE_VALUE = /^(?:C|POSIX|[a-z]{2,3}(?:_[A-Z]{2})?)(?:\.(?:UTF-8|utf8))?$/
const LOCALE_NAMES = new Set(
  'LANG LC_ALL LC_CTYPE LC_NUMERIC LC_TIME LC_COLLATE LC_MONETARY LC_MESSAGES'.split(' '),
)

/**
 * Which of the environment variables an agent sent (RFC 4254 §6.4) go to the target. Only the locale
 * does, and only when its value is a locale's name: every other variable can change which program
 * runs or what it reads. OpenSSH's own default (`AcceptEnv LANG LC_*`) is wider.
 */
export function decideEnvironment(asked: ReadonlyMap<string, Uint8Array>): {
  pass: Record<string, string>
  ignored: string[]
} {
  const pass: Record<string, string> = {}
  const ignored: string[] = []
  for (const [name, bytes] of asked) {
    const value = new TextDecoder().decode(bytes)
    if (LOCALE_NAMES.has(name) && LOCALE_VALUE.test(value)) pass[name] = value
    else ignored.push(name)
  }
  return { pass, ignored }
}
