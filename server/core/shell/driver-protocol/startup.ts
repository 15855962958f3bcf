/**
 * Start-up: the commands that bring the driver's parts to life on the target, and the first lines for
 * the driver shell.
 *
 * Commands are handed to whatever login shell the account has, so they are one line, and between their
 * single quotes stands nothing that any of bash, dash, zsh, mksh, fish or tcsh reads differently: no single
 * quote, no newline, no `!`, no backslash before a backslash (`under-shell.ts` in core/command has the reasons).
 * Nonces are not in them, because ps(1) shows them to everybody on the target: they come as the
 * first line of input.
 */
import {
  checkNonce,
  type Driver,
  driverText,
  type DriverText,
  fixed,
  isDeviceName,
} from './driver-text.ts'
import { MARK_FORMAT } from './cut-marks.ts'
import { call, definitions, STATUS_DIGITS } from './driver-functions.ts'
import { fieldText, type Report } from './reports.ts'

/** Which program reads the lines, and how it reads them. */
export interface DriverShell {
  readonly dialect: Driver['dialect']
  /** Words of the command, each free of anything that a shell would expand. */
  readonly command: readonly string[]
}

/** What the control terminal's process says of the target. */
export interface Place {
  readonly control: string
  readonly hostName: string
  readonly userName: string
  readonly isRoot: boolean
  /** Paths of shells that were found. */
  readonly shells: Readonly<Record<'bash' | 'dash' | 'ash' | 'busybox', string | null>>
}

/**
 * M, the control terminal. Its process says where it is and then only sleeps: it keeps the terminal
 * open and never reads from it again.
 */
export const CONTROL_TERMINAL =
  "exec /bin/sh -c '" +
  'IFS= read -r n; ' +
  'printf "\\036H%s\\037%s\\037%s\\037%s\\037%s\\037%s\\037%s\\037%s\\037%s\\037%s\\036" "$n" "$(tty)" "$(uname -n)" "$(id -un)" "$(id -u)" ' +
  '"$(command -v bash)" "$(command -v dash)" "$(command -v ash)" "$(command -v busybox)" "$n"; ' +
  'while :; do sleep 86400; done' +
  "'"

export function readPlace({ fields }: Report): Place | null {
  const [control, hostName, userName, userId, bash, dash, ash, busybox] = fields.map(fieldText)
  if (fields.length !== 8 || !isDevice(control)) return null
  return {
    control,
    hostName: hostName ?? '',
    userName: userName ?? '',
    isRoot: userId === '0',
    shells: { bash: path(bash), dash: path(dash), ash: path(ash), busybox: path(busybox) },
  }
}

function isDevice(name: string | null | undefined): name is string {
  return typeof name === 'string' && isDeviceName(name)
}

/** A shell's path, when it is one that can stand in a command unquoted. */
function path(text: string | null = null): string | null {
  return text !== null && /^\/[A-Za-z0-9/._+-]{1,200}$/.test(text) ? text : null
}

/** The shell that reads lines as they were judged: bash for bash, the plainest POSIX shell there is for sh. */
export function chooseShell(shell: 'bash' | 'sh', { shells }: Place): DriverShell | null {
  const { bash, dash, ash, busybox } = shells
  if (shell === 'bash') return bash === null ? null : bashDriver(bash)
  if (dash !== null) return { dialect: 'posix', command: [dash, '-l', '-i'] }
  if (ash !== null) return { dialect: 'posix', command: [ash, '-l', '-i'] }
  if (busybox !== null) return { dialect: 'posix', command: [busybox, 'ash', '-l', '-i'] }
  return bash === null ? null : bashDriver(bash, '--posix')
}

function bashDriver(bash: string, ...options: string[]): DriverShell {
  return { dialect: 'bash', command: [bash, ...options, '--noediting', '--login', '-i'] }
}

/**
 * P, the agent's terminal, and in it the driver shell. bash is given M as its standard input (a terminal
 * as a script file it would move there itself); the others take M as their script, on a descriptor
 * that lines cannot name, and keep P as their standard input.
 */
export function agentTerminal({ command, dialect }: DriverShell, control: string): string {
  if (!isDeviceName(control)) throw new Error('the control terminal has no usable name')
  const input = dialect === 'bash' ? `<${control}` : control
  return (
    "exec /bin/sh -c '" +
    `IFS= read -r n <${control}; ` +
    `printf "\\036P%s\\037%s\\037%s\\037%s\\036" "$n" "$(tty)" "$$" "$n" >${control}; ` +
    'unset n; export LESSSECURE=1; ' +
    `exec ${command.join(' ')} ${input}` +
    "'"
  )
}

/** The agent's terminal and the driver shell's process, which leads its session. */
export function readAgentTerminal({ fields }: Report): { terminal: string; pid: number } | null {
  const [terminal, pid] = fields.map(fieldText)
  if (fields.length !== 2 || !isDevice(terminal)) return null
  if (!/^[1-9][0-9]{0,9}$/.test(pid ?? '')) return null
  return { terminal, pid: Number(pid) }
}

/** The first line of input of a part that waits for its nonce. */
export function nonceLine(nonce: string): DriverText {
  return driverText(checkNonce(nonce))
}

/**
 * Names that the driver's own lines use. A function or alias of such a name would run with those lines,
 * so start-up removes them and denials.ts keeps them from coming back.
 */
export const DRIVER_WORDS = [
  'alias', 'builtin', 'case', 'command', 'compgen', 'env', 'esac', 'eval', 'exec', 'exit', 'local', 'printf', 'pwd', 'read', 'readonly', 'return', 'set', 'shopt', 'umask', 'unalias', 'unset', '[',
] as const // biome-ignore format: a list

/** Words that no function can have for a name; `[` could, but unset -f does not take it everywhere. */
const RESERVED_WORDS: ReadonlySet<string> = new Set([
  'case',
  'else',
  'esac',
  'fi',
  'if',
  'then',
  '[',
])

/**
 * The first lines: no history, no prompts, no editing, no traces; the calls to come; then a report.
 * What came before the mark is the start-up files' output and a prompt. The shell that answers must be the one that was started: a start-up file may have put another in its
 * place, which would read these lines otherwise.
 */
export function firstLines(driver: Driver, nonces: { shell: string; place: string }): DriverText {
  const { prefix, control, dialect } = driver
  const names = DRIVER_WORDS.filter(word => !RESERVED_WORDS.has(word))
  const prompts = `${prefix}p=$PS1;PS1=;PS2=;\\export LESSSECURE=1`
  const quiet =
    dialect === 'bash'
      ? `\\unset HISTFILE;\\set +o history +o vi +o emacs +H +v +x;\\shopt -u promptvars;PS0=;PROMPT_COMMAND=;\\readonly PROMPT_COMMAND`
      : `\\set +v +x`
  const nonce = checkNonce(nonces.shell)
  const mark = `\\printf '${MARK_FORMAT.replace('%s', nonce)}' >${driver.terminal}`
  return driverText(
    `{ \\unalias ${DRIVER_WORDS.filter(word => word !== '[').join(' ')};\\unset -f ${names.join(' ')};${mark};${quiet};${prompts}; } 2>/dev/null`,
    ...definitions(driver),
    `PS1=$${prefix}p;\\unset ${prefix}p;${prefix}b=${checkNonce(nonces.place)}`,
    `\\printf '\\036B${nonce}\\037%s\\037${nonce}\\036' "\${BASH_VERSION-}" >${control}`,
    call(driver, 'report'),
  )
}

/** Ends the driver shell. Twice, because the first time bash may only speak of stopped jobs. */
export function exitLines(driver: Driver, status: number): DriverText {
  if (!Number.isInteger(status) || status < 0 || status > 255)
    throw new Error('a status is 0 to 255')
  const leave = `${call(driver, 'leave')} ${fixed(status, STATUS_DIGITS)}`
  return driverText(leave, leave)
}

/** True when the shell that answered the first lines is of the kind that was started. */
export function isStartedShell({ fields }: Report, dialect: Driver['dialect']): boolean {
  const version = fieldText(fields[0])
  return fields.length === 1 && version !== null && (version !== '') === (dialect === 'bash')
}
