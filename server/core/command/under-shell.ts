import type { TargetShell } from '../access.ts'

/**
 * The text that makes a target run `line` under the shell the line was judged for, whatever the
 * account's login shell is: sshd hands every command to `$SHELL -c`, and the same line runs different
 * programs in fish, tcsh or zsh.
 *
 * Between single quotes the shells agree on every character but three: fish reads `\\` and `\'`, tcsh
 * reads `!` and a newline. A line with one of those is sent with these characters in octal and decoded
 * by the shell we named (`printf %b`, POSIX). `shift` gives the line the empty positional parameters
 * it would have had.
 */
export function underShell(shell: TargetShell, line: string): string {
  if (!/[\\!\n]/.test(line)) return `exec ${shell} -c ${quoted(line)}`
  const octal = line.replace(
    /[\\!\n]/g,
    character => `\\0${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
  return `exec ${shell} -c 'eval "shift; $(printf %b "$1")"' ${shell} ${quoted(octal)}`
}

/** POSIX XCU 2.2.2; `\'` outside quotes means the same in csh and fish. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
