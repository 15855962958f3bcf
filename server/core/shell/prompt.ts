/**
 * The target's prompt, drawn from the text of its PS1 without running anything in it: what bash would
 * expand ($(…), `…`, ${…}) is dropped, backslash escapes are looked up (Bash manual, "Controlling the
 * Prompt"), and of control sequences only colours are let through.
 */
export interface PromptFacts {
  readonly userName: string
  readonly hostName: string
  readonly isRoot: boolean
  /** As the shell calls it; null when that is not known. */
  readonly directory: string | null
  readonly homeDirectory: string | null
  /** Commands run so far in this session. */
  readonly commandNumber: number
  /** Milliseconds since 1970 UTC; times in prompts are shown in UTC. */
  readonly nowMs: number
}

/** For shells that say nothing of a prompt: Debian's. */
export const PLAIN_PROMPT = '\\u@\\h:\\w\\$ '

/** Nobody's prompt is longer; a longer one would be a way to fill screens and recordings. */
const TEXT_LIMIT = 4096
const PROMPT_LIMIT = 1024

/** @param ps1 the variable's value, as Latin-1 bytes of UTF-8. */
export function renderPrompt(ps1: string, facts: PromptFacts): string {
  const bytes = Uint8Array.from(ps1.slice(0, TEXT_LIMIT), character => character.charCodeAt(0))
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const expanded = decode(withoutExpansions(text, facts), facts)
  const safe = onlyColours(expanded).slice(0, PROMPT_LIMIT)
  return safe.trim() === '' ? onlyColours(decode(PLAIN_PROMPT, facts)) : safe
}

/** Drops what a shell would expand; the few variables that are known anyway get their value. */
function withoutExpansions(text: string, facts: PromptFacts): string {
  let kept = ''
  let at = 0
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === '\\') {
      kept += text.slice(at, at + 2)
      at += 2
    } else if (character === '`') {
      at = closing(text, at + 1, '`')
    } else if (character === '$') {
      const { length, value } = expansion(text, at, facts)
      kept += value
      at += length
    } else {
      kept += character
      at += 1
    }
  }
  return kept
}

function expansion(
  text: string,
  at: number,
  facts: PromptFacts,
): { length: number; value: string } {
  const next = text[at + 1]
  if (next === '(') return { length: closing(text, at + 2, ')') - at, value: '' }
  if (next === '{') {
    const end = closing(text, at + 2, '}')
    return { length: end - at, value: variable(text.slice(at + 2, end - 1), facts) }
  }
  const name = /^[A-Za-z_][A-Za-z0-9_]*|^[0-9?!$#@*-]/.exec(text.slice(at + 1))?.[0]
  if (name === undefined) return { length: 1, value: '$' }
  return { length: 1 + name.length, value: variable(name, facts) }
}

/** Values can hold backslashes; escaped, they are not taken for prompt escapes. */
function variable(name: string, facts: PromptFacts): string {
  const known: Readonly<Record<string, string | null>> = {
    PWD: facts.directory,
    HOME: facts.homeDirectory,
    USER: facts.userName,
    LOGNAME: facts.userName,
    HOSTNAME: facts.hostName,
  }
  const value = Object.hasOwn(known, name) ? (known[name] ?? '') : ''
  return value.replaceAll('\\', '\\\\')
}

/** Index behind the bracket that closes what begins at `from`; the end when none does. */
function closing(text: string, from: number, bracket: ')' | '}' | '`' | '"'): number {
  let depth = 1
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === "'" && bracket === ')') at = indexOrEnd(text, "'", at + 1)
    else if (character === '"' && bracket === ')') at = closing(text, at + 1, '"') - 1
    else if (character === OPENING[bracket]) depth += 1
    else if (character === bracket) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return text.length
}

const OPENING = { ')': '(', '}': '{', '`': null, '"': null } as const

function indexOrEnd(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from)
  return at === -1 ? text.length : at
}

function decode(text: string, facts: PromptFacts): string {
  return text.replace(/\\(?:D\{[^}]*\}?|[0-7]{3}|[^])/g, escape => {
    const code = escape.slice(1)
    if (/^[0-7]{3}$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0x7f)
    return Object.hasOwn(ESCAPES, code[0] ?? '') ? (ESCAPES[code[0] ?? '']?.(facts) ?? '') : escape
  })
}

const ESCAPES: Readonly<Record<string, (facts: PromptFacts) => string>> = {
  '[': () => '',
  ']': () => '',
  '\\': () => '\\',
  $: ({ isRoot }) => (isRoot ? '#' : '$'),
  n: () => '\n',
  r: () => '',
  a: () => '\x07',
  e: () => '\x1b',
  u: ({ userName }) => userName,
  h: ({ hostName }) => hostName.split('.')[0] ?? '',
  H: ({ hostName }) => hostName,
  w: facts => shortened(facts),
  W: facts => {
    const path = shortened(facts)
    return path === '~' || path === '/' ? path : (path.split('/').at(-1) ?? '')
  },
  s: () => 'sh',
  v: () => '',
  V: () => '',
  l: () => 'tty',
  j: () => '0',
  '!': ({ commandNumber }) => String(commandNumber + 1),
  '#': ({ commandNumber }) => String(commandNumber + 1),
  d: ({ nowMs }) => new Date(nowMs).toUTCString().replace(/^(\w+), 0?(\d+) (\w+) .*/, '$1 $3 $2'),
  t: ({ nowMs }) => new Date(nowMs).toISOString().slice(11, 19),
  T: ({ nowMs }) => twelveHours(nowMs, 8),
  '@': ({ nowMs }) =>
    `${twelveHours(nowMs, 5)} ${new Date(nowMs).getUTCHours() < 12 ? 'AM' : 'PM'}`,
  A: ({ nowMs }) => new Date(nowMs).toISOString().slice(11, 16),
  D: ({ nowMs }) => new Date(nowMs).toISOString().slice(0, 19).replace('T', ' '),
}

function shortened({ directory, homeDirectory }: PromptFacts): string {
  if (directory === null) return '?'
  if (homeDirectory === null || homeDirectory === '/') return directory
  if (directory === homeDirectory) return '~'
  return directory.startsWith(`${homeDirectory}/`)
    ? `~${directory.slice(homeDirectory.length)}`
    : directory
}

function twelveHours(nowMs: number, length: 5 | 8): string {
  const time = new Date(nowMs).toISOString().slice(11, 11 + length)
  const hours = Number(time.slice(0, 2)) % 12 || 12
  return `${String(hours).padStart(2, '0')}${time.slice(2)}`
}

/** Colours and newlines stay; every other control sequence (titles, cursor movements, queries) goes. */
function onlyColours(text: string): string {
  return text.replace(SEQUENCES, (_, colour: string | undefined) => colour ?? '')
}

/* oxlint-disable no-control-regex -- control characters are what these look for */
const SEQUENCES = new RegExp(
  [
    /(\x1b\[[0-9;:]*m)/, // SGR: the only one that is kept
    /\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)/, // control strings
    /\x1b\[[0-?]*[ -/]*[@-~]?/, // control sequences
    /\x1b.?/,
    /[\x00-\x09\x0b-\x1f\x7f-\x9f\ufffd\p{Cf}\p{Zl}\p{Zp}]/u,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gu',
)
