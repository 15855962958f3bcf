/**
 * H, a process on the target beside the driver: it says how the agent's terminal stands, hangs up a
 * program that will not go, and, when its own input ends, everything that still runs in the terminal's
 * session. Its input ends with the connection, so this also happens when the bastion is killed.
 *
 * It runs no program of the agent's and shares no descriptor with one. On Linux it reads /proc; elsewhere it asks ps(1).
 */
import { checkNonce, driverText, type DriverText, isDeviceName } from './driver-text.ts'
import { fieldText, type Report } from './reports.ts'

/** A terminal, the process that leads its session, and what that process is. */
export interface Attended {
  readonly terminal: string
  readonly pid: number
  /** A shell starts programs in groups of their own and must outlive them; a program is what there is. */
  readonly leader: 'shell' | 'program'
}

/** The command that starts it (startup.ts says what may stand between the quotes). */
export function attendant({ terminal, pid, leader }: Attended): string {
  if (!isDeviceName(terminal)) throw new Error('the agent’s terminal has no usable name')
  if (!Number.isSafeInteger(pid) || pid < 2)
    throw new Error('the leader of the session has no usable process id')
  // After the last ")" of /proc/PID/stat (proc(5)): state ppid pgrp session tty_nr tpgid.
  const stat = 's=${s##*) }; set -- $s'
  const foreground = `if read -r s </proc/${pid}/stat; then ${stat}; t=$6; else t=$(ps -o tpgid= -p ${pid}); fi`
  const session =
    `if [ -r /proc/${pid}/stat ] || [ -r /proc/self/stat ]; then for d in /proc/[0-9]*; do read -r s <$d/stat || continue; ${stat}; ` +
    `if [ "$4" = ${pid} ]; then kill -HUP \${d#/proc/}; kill -CONT \${d#/proc/}; fi; done; ` +
    `else kill -HUP $(ps -o pid= -t ${terminal.slice('/dev/'.length)}); fi`
  // A driver that somebody has stopped goes on; it is never hung up itself.
  const hangUp =
    leader === 'shell'
      ? `{ [ "$t" = ${pid} ] && kill -CONT ${pid} || kill -HUP -$t; }`
      : 'kill -HUP -$t'
  return (
    "exec /bin/sh -c '" +
    'while IFS= read -r q; do n=${q#?}; case $q in ' +
    `m*) printf "\\036M%s\\037" "$n"; stty -a <${terminal} | tr "\\n" " "; printf "\\037%s\\036" "$n";; ` +
    `h*) { ${foreground}; } 2>/dev/null; [ "\${t:-0}" -gt 1 ] && ${hangUp};; ` +
    'esac; done; ' +
    `{ ${session}; } 2>/dev/null` +
    "'"
  )
}

/** Asks how the terminal stands. */
export function modesQuestion(nonce: string): DriverText {
  return driverText(`m${checkNonce(nonce)}`)
}

/** Hangs up whatever stands in the terminal's foreground; a driver shell there is told to go on instead. */
export function hangUpText(): DriverText {
  return driverText('h')
}

/** How a terminal treats its input (termios(3)). */
export interface TerminalModes {
  /** Lines are handed over whole. */
  readonly isCanonical: boolean
  readonly echoes: boolean
  /** ^C and its like are signals. */
  readonly hasSignals: boolean
  /** True when what a program reads is what was written: no printable character is special, none is translated. */
  readonly isPlain: boolean
}

/** Reads `stty -a` of GNU, BusyBox and BSD; null when that is not what it is. */
export function readModes({ fields }: Report): TerminalModes | null {
  const text = fields.length === 1 ? fieldText(fields[0]) : null
  if (text === null) return null
  const canonical = flag(text, 'icanon')
  const echo = flag(text, 'echo')
  const signals = flag(text, 'isig')
  if (canonical === null || echo === null || signals === null) return null
  const translates = ['inlcr', 'istrip', 'iuclc', 'olcuc', 'xcase'].some(
    name => flag(text, name) === true,
  )
  return {
    isCanonical: canonical,
    echoes: echo,
    hasSignals: signals,
    isPlain: !translates && !hasPrintableSpecial(text),
  }
}

/** `icanon` or `-icanon`; null when neither stands there. */
function flag(text: string, name: string): boolean | null {
  const found = new RegExp(`(?:^|[\\s;:])(-?)${name}(?=[\\s;]|$)`).exec(text)
  return found === null ? null : found[1] === ''
}

/** `intr = ^C; eol = <undef>; …`: a special character that is not a control character changes what a line says. */
function hasPrintableSpecial(text: string): boolean {
  return SPECIAL_CHARACTERS.some(name => {
    const value = new RegExp(`(?:^|[\\s;:])${name} = (.*)$`).exec(text)?.[1]
    return value !== undefined && !/^(?:(?:M-)?\^[@-_?]|<undef>|undef);/.test(value)
  })
}

const SPECIAL_CHARACTERS =
  'intr quit erase kill eof eol eol2 swtch start stop susp dsusp rprnt reprint werase lnext discard flush erase2 status'.split(
    ' ',
  )
