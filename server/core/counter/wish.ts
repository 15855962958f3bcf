import { GRANT_MOST_MS, LOGIN, NAME, RESERVED_NAME } from '../access.ts'
import { formatDuration, parseDuration } from '../duration.ts'
import { didYouMean } from '../nearest.ts'
import type { Result } from '../result.ts'
import type { Word } from './words.ts'

/** What a request asks for, as the agent wrote it. */
export interface Wish {
  readonly target: string
  /** Null means the certificate's own. */
  readonly task: string | null
  readonly reason: string
  readonly forMs: number
  readonly login: string | null
  readonly policy: string | null
}

/** As long as `sallyport grant create` takes them. */
export const TASK_MOST_CHARACTERS = 200
export const REASON_MOST_CHARACTERS = 500

const OPTIONS = ['--task', '--reason', '--for', '--login', '--policy'] as const
/** A dash alone, or before a number, is part of a text. */
const LOOKS_LIKE_OPTION = /^--?[A-Za-z]/

type OptionName = (typeof OPTIONS)[number]

/**
 * Reads what follows `request`. A text may go on over several words, up to the next option: ssh joins its
 * arguments with spaces, and the quotes that were around a reason are gone by the time it is here.
 */
export function readWish(words: readonly Word[]): Result<Wish, string> {
  const [first, ...rest] = words
  const target = first?.text ?? ''
  if (target === RESERVED_NAME || !NAME.test(target)) {
    return fault('say which target first: request TARGET --task T --reason R --for 1h')
  }
  const given = readOptions(rest)
  if (!given.ok) return given
  const options = given.value
  const reason = options.get('--reason')
  if (reason === undefined) return fault('--reason is missing: whoever answers has to know why')
  if (reason.length > REASON_MOST_CHARACTERS) {
    return fault(`--reason: at most ${REASON_MOST_CHARACTERS} characters`)
  }
  const task = options.get('--task') ?? null
  if (task !== null && task.length > TASK_MOST_CHARACTERS) {
    return fault(`--task: at most ${TASK_MOST_CHARACTERS} characters`)
  }
  const lasting = options.get('--for')
  if (lasting === undefined) return fault('--for is missing: say how long, as 90s, 15m, 1h or 2d')
  const forMs = parseDuration(lasting)
  if (forMs === null) return fault('--for: expected a duration such as 90s, 15m, 1h or 2d')
  if (forMs > GRANT_MOST_MS) return fault(`--for: at most ${formatDuration(GRANT_MOST_MS)}`)
  const login = options.get('--login') ?? null
  if (login !== null && !LOGIN.test(login)) {
    return fault('--login: expected a login name such as root, deploy or svc_app')
  }
  const policy = options.get('--policy') ?? null
  if (policy !== null && !NAME.test(policy)) {
    return fault('--policy: expected the name of a policy, such as investigator')
  }
  return { ok: true, value: { target, task, reason, forMs, login, policy } }
}

function readOptions(words: readonly Word[]): Result<ReadonlyMap<OptionName, string>, string> {
  const texts = new Map<OptionName, string[]>()
  let current: string[] | null = null
  for (const word of words) {
    if (word.isQuoted || !LOOKS_LIKE_OPTION.test(word.text)) {
      if (current === null) return fault(`what is ${JSON.stringify(word.text)}? options come next`)
      current.push(word.text)
      continue
    }
    const equals = word.text.indexOf('=')
    const name = equals === -1 ? word.text : word.text.slice(0, equals)
    if (!isOption(name)) {
      return fault(`there is no option ${JSON.stringify(name)}${didYouMean(name, OPTIONS)}`)
    }
    if (texts.has(name)) return fault(`${name} is given twice`)
    current = equals === -1 ? [] : [word.text.slice(equals + 1)]
    texts.set(name, current)
  }
  const options = new Map<OptionName, string>()
  for (const [name, parts] of texts) {
    const text = parts.join(' ').trim()
    if (text === '') return fault(`${name} needs a value`)
    options.set(name, text)
  }
  return { ok: true, value: options }
}

function isOption(name: string): name is OptionName {
  return (OPTIONS as readonly string[]).includes(name)
}

function fault(sentence: string): Result<never, string> {
  return { ok: false, fault: sentence }
}
