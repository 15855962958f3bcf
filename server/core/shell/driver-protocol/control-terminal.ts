/**
 * Terminal modes for the control terminal (RFC 4254 §8, termios(3)): lines as they are written. No signals, no
 * flow control and no special characters, because no byte of a line may do anything but stand in it. Canonical
 * mode stays, so that the shell waits for whole lines. It does not keep a program of the same account from
 * reading part of one: driver-functions.ts says why that is harmless.
 *
 * Echo stays on. What comes back is no report, for no line of ours holds the separators of one. With
 * echo off in canonical mode OpenSSH's server answers what is written by messages of the same length that it has
 * us ignore (channels.c, "simulate echo"); they may be longer than any packet may be, and end the connection.
 */
export function controlTerminalModes(): Uint8Array {
  const bytes: number[] = []
  for (const opcode of SPECIAL_CHARACTERS) bytes.push(opcode, 0, 0, 0, DISABLED)
  for (const [opcode, value] of MODES) bytes.push(opcode, 0, 0, 0, value)
  return Uint8Array.from([...bytes, TTY_OP_END])
}

const TTY_OP_END = 0
/** RFC 4254 §8: 255 says that a character is disabled. */
const DISABLED = 255

/** VINTR, VQUIT, VERASE, VKILL, VEOF, VEOL, VEOL2, VSTART, VSTOP, VSUSP, VDSUSP, VREPRINT, VWERASE, VLNEXT, VFLUSH, VSWTCH, VSTATUS, VDISCARD. */
const SPECIAL_CHARACTERS = Array.from({ length: 18 }, (_, at) => at + 1)

const MODES: readonly (readonly [opcode: number, value: 0 | 1])[] = [
  [31, 0], // PARMRK
  [33, 0], // ISTRIP
  [34, 0], // INLCR
  [35, 0], // IGNCR
  [36, 0], // ICRNL
  [37, 0], // IUCLC
  [38, 0], // IXON
  [39, 0], // IXANY
  [40, 0], // IXOFF
  [41, 0], // IMAXBEL
  [50, 0], // ISIG
  [51, 1], // ICANON
  [52, 0], // XCASE
  [53, 1], // ECHO
  [54, 0], // ECHOE
  [55, 0], // ECHOK
  [56, 0], // ECHONL
  [59, 0], // IEXTEN
  [60, 0], // ECHOCTL
  [61, 0], // ECHOKE
  [70, 0], // OPOST
  [72, 0], // ONLCR
  [91, 1], // CS8
]
