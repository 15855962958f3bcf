import { didYouMean } from '../nearest.ts'
import { isOneLine } from '../one-line.ts'
import type { Result } from '../result.ts'
import { readWish, type Wish } from './wish.ts'
import { splitWords, type Word } from './words.ts'

/** What an agent may ask at the counter. */
export type CounterCommand =
  | { readonly is: 'help' }
  | { readonly is: 'whoami'; readonly json: boolean }
  | { readonly is: 'grants'; readonly json: boolean }
  | { readonly is: 'request'; readonly wish: Wish; readonly json: boolean }
  | { readonly is: 'status'; readonly id: string; readonly json: boolean }

export const COUNTER_USAGE =
  'whoami | grants | request TARGET --task T --reason R --for 1h [--login U] [--policy P] | status ID | help; each but help takes --json'

/** Every option at its longest fits in twice; what is longer is no question. */
const LINE_MOST_BYTES = 4096

const COMMANDS = ['help', 'whoami', 'grants', 'request', 'status']

/** The fault is a sentence for the agent. */
export function readCounterCommand(line: Uint8Array): Result<CounterCommand, string> {
  const text = readText(line)
  if (!text.ok) return text
  const split = splitWords(text.value)
  if (!split.ok) return split

  const isJson = ({ text: word, isQuoted }: Word): boolean => word === '--json' && !isQuoted
  const json = split.value.some(isJson)
  const [command, ...words] = split.value.filter(word => !isJson(word))
  switch (command?.text) {
    case undefined:
      return fault('say what you want')
    case 'help':
    case '--help':
    case '-h':
      return words.length === 0 && !json ? ok({ is: 'help' }) : fault('help takes nothing')
    case 'whoami':
    case 'grants':
      return words.length === 0
        ? ok({ is: command.text, json })
        : fault(`${command.text} takes nothing but --json`)
    case 'status': {
      const [id, ...more] = words
      return id !== undefined && more.length === 0
        ? ok({ is: 'status', id: id.text, json })
        : fault('status takes the id that request printed')
    }
    case 'request': {
      const wish = readWish(words)
      return wish.ok ? ok({ is: 'request', wish: wish.value, json }) : wish
    }
    default:
      return fault(
        `there is no command ${JSON.stringify(command?.text.slice(0, 40))}${didYouMean(command?.text ?? '', COMMANDS)}`,
      )
  }
}

function readText(line: Uint8Array): Result<string, string> {
  if (line.length > LINE_MOST_BYTES) return fault(`at most ${LINE_MOST_BYTES} bytes`)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line)
    return isOneLine(text)
      ? { ok: true, value: text }
      : fault('one line, without control or invisible characters')
  } catch {
    // Not UTF-8 is an expected shape of input here, not a failure.
    return fault('the line is not UTF-8')
  }
}

function ok(value: CounterCommand): Result<CounterCommand, never> {
  return { ok: true, value }
}

function fault(sentence: string): Result<never, string> {
  return { ok: false, fault: sentence }
}
