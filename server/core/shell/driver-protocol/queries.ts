/**
 * Questions to the driver shell between commands. Their scripts are ours; the only thing of others in
 * them is a word to complete, quoted. Answers come in hexadecimal, so that nothing in them can look
 * like the frame around them. Programs are called by `command -p`, which finds them on the system's
 * own PATH and runs no function of their name.
 */
import { checkNonce, type Driver, driverText, type DriverText, quote } from './driver-text.ts'
import { fieldBytes, type Report } from './reports.ts'

/** More names than anybody reads, few enough to fit into a report. */
const NAMES_LIMIT = 500

function query({ control }: Driver, nonce: string, script: string): DriverText {
  checkNonce(nonce)
  return driverText(
    `( \\printf '\\036X${nonce}\\037';{ ${script}; }|\\command -p od -An -v -tx1|\\command -p tr -d ' \\n';` +
      `\\printf '\\037${nonce}\\036' ) >${control} 2>/dev/null </dev/null`,
  )
}

/** The answer's bytes; null when it is damaged. */
export function readAnswer({ fields }: Report): Uint8Array | null {
  return fields.length === 1 ? fieldBytes(fields[0]) : null
}

/**
 * Everything that the last command left unread on the agent's terminal: it was written to a program,
 * and no other program may get it. Out of canonical mode half a line can be read as well (termios(3)).
 */
export function drainText(driver: Driver, nonce: string): DriverText {
  const { terminal, prefix } = driver
  const stty = '\\command -p stty'
  return query(
    driver,
    nonce,
    `${prefix}t=$(${stty} -g <${terminal});${stty} -icanon -echo min 0 time 0 <${terminal};` +
      `\\command -p cat <${terminal};${stty} "$${prefix}t" <${terminal}`,
  )
}

/** Names that begin with `word`, one a line; directories end in a slash. Completion functions of the target are never asked. */
export function completionText(
  driver: Driver,
  nonce: string,
  { word, names }: { word: string; names: 'commands' | 'files' },
): DriverText {
  const script = driver.dialect === 'bash' ? bashNames(word, names) : posixNames(word, names)
  return query(driver, nonce, `${script}|\\command -p head -n ${NAMES_LIMIT}`)
}

const PRINT_FILE = `\\[ -d "$f" ]&&f=$f/;\\printf '%s\\n' "$f"`

function bashNames(word: string, names: 'commands' | 'files'): string {
  return names === 'commands'
    ? `\\builtin compgen -A command -- ${quote(word)}|\\command -p sort -u`
    : `\\builtin compgen -f -- ${quote(word)}|while IFS= \\read -r f;do ${PRINT_FILE};done`
}

function posixNames(word: string, names: 'commands' | 'files'): string {
  const pattern = `${quote(word)}*`
  return names === 'commands'
    ? `{ IFS=:;for d in $PATH;do for f in "$d"/${pattern};do \\[ -x "$f" ]&&\\printf '%s\\n' "\${f##*/}";done;done; }|\\command -p sort -u`
    : `for f in ${pattern};do \\[ -e "$f" ]&&{ ${PRINT_FILE}; };done`
}

export function readNames(report: Report): readonly string[] {
  const answer = readAnswer(report)
  if (answer === null) return []
  const names = new TextDecoder().decode(answer).split('\n')
  return [...new Set(names.filter(name => name !== ''))].toSorted()
}

/** The exported variables and the umask, as data: `export -p` prints code, and a variable's value may be made to look like more. */
export function environmentText(driver: Driver, nonce: string): DriverText {
  return query(driver, nonce, `\\command -p env -0;\\printf '\\0umask=%s' "$(\\umask)"`)
}

export interface ShellEnvironment {
  /** Latin-1 values by name. */
  readonly variables: ReadonlyMap<string, string>
  /** Octal digits. */
  readonly umask: string
}

export function readEnvironment(report: Report): ShellEnvironment | null {
  const answer = readAnswer(report)
  if (answer === null) return null
  const variables = new Map<string, string>()
  for (const entry of latin1Entries(answer)) {
    const equals = entry.indexOf('=')
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1))
  }
  const umask = variables.get('umask') ?? ''
  variables.delete('umask')
  return { variables, umask: /^[0-7]{3,4}$/.test(umask) ? umask : '077' }
}

function latin1Entries(bytes: Uint8Array): string[] {
  const entries: string[] = []
  let entry = ''
  for (const byte of bytes) {
    if (byte === 0) {
      entries.push(entry)
      entry = ''
    } else entry += String.fromCharCode(byte)
  }
  return [...entries, entry]
}
