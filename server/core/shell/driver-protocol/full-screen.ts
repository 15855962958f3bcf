/**
 * Q, a terminal of its own for one program that is granted every keystroke. Its only process is that
 * program: no shell stands behind it, so no keystroke can outlive it and be taken for a command.
 *
 * The program gets the driver shell's environment, umask and directory. They go in through the
 * terminal before the program starts: on a command line ps(1) would show them to everybody on the target.
 */
import { checkNonce, driverText, type DriverText, fixed, quote } from './driver-text.ts'
import { fromLatin1, latin1 } from './reports.ts'
import type { ShellEnvironment } from './queries.ts'

/** Starts a process that waits for its nonces and a script. Echo is on, as control-terminal.ts explains; nobody is shown it (startup.ts says what may stand between the quotes). */
export const FULL_SCREEN_TERMINAL =
  "exec /bin/sh -c '" +
  'm=$(stty -g); stty icanon icrnl echo; IFS= read -r n; printf "\\036Q%s\\037%s\\037%s\\037%s\\036" "$n" "$(tty)" "$$" "$n"; ' +
  'IFS= read -r k; s=; while IFS= read -r l; do case $l in .) break;; esac; s=$s$l; done; ' +
  'test "${#k}" = 8 && test "${#s}" -eq "$k" || exit 126; stty "$m"; printf "\\036R%s\\037%s\\036" "$n" "$n"; eval "$(printf %b "$s")"' +
  "'"

/** Linux takes 128 KB for one argument; of the variables this much goes along. */
export const ENVIRONMENT_LIMIT_BYTES = 65_536
/** Well below the 4095 bytes that a terminal in canonical mode keeps of a line. */
const LINE_BYTES = 1000

/**
 * The script, as lines for a process that waits for it: everything but plain characters in octal
 * (printf(1), `%b`), so that no byte of a value means anything on its way. Its length goes first, in a fixed number of
 * digits: what somebody else has read a part of is not run.
 *
 * @param command the text that the judge let through, byte for byte.
 * @returns null when the environment is too large to be handed over.
 */
export function fullScreenText(
  command: string,
  shell: 'bash' | 'sh',
  directory: string,
  { variables, umask }: ShellEnvironment,
): DriverText | null {
  const exported = [...variables]
    .filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !LEFT_BEHIND.test(name))
    .map(([name, value]) => `export ${name}=${quote(value)};`)
    .join('')
  if (exported.length > ENVIRONMENT_LIMIT_BYTES) return null
  const bytes = (text: string): string => latin1(new TextEncoder().encode(text))
  const script =
    `${exported}export LESSSECURE=1;umask ${umask};` +
    `cd ${quote(bytes(directory))} && exec ${shell} -c ${quote(bytes(command))}`
  return scriptText(octal(script))
}

/** The same for a program that needs no more than to be started, where sshd starts commands. */
export function programText(command: string, shell: 'bash' | 'sh'): DriverText {
  const bytes = new TextEncoder().encode(`exec ${shell} -c ${quote(command)}`)
  return scriptText(octal(latin1(bytes)))
}

function scriptText(sent: string): DriverText {
  return driverText(fixed(sent.length, 8), ...inLines(sent), '.')
}

/** The first line: the nonce of this terminal's reports. */
export function fullScreenNonce(nonce: string): DriverText {
  return driverText(checkNonce(nonce))
}

/** Belong to the shell, or would make another one run code of their own. */
const LEFT_BEHIND =
  /^(?:BASH_ENV|ENV|BASH_FUNC_.*|BASHOPTS|SHELLOPTS|PROMPT_COMMAND|PS[0-4]|SHLVL|_|LD_.*|OLDPWD)$/

function octal(text: string): string {
  return Array.from(fromLatin1(text), byte => {
    const character = String.fromCharCode(byte)
    return /[A-Za-z0-9_/=;:,+-]/.test(character)
      ? character
      : `\\0${byte.toString(8).padStart(3, '0')}`
  }).join('')
}

function inLines(text: string): string[] {
  const lines: string[] = []
  for (let at = 0; at < text.length; at += LINE_BYTES) lines.push(text.slice(at, at + LINE_BYTES))
  return lines
}
