/** Single bytes that a terminal in its usual modes does not hand on but acts upon (termios(3)). */
export const INTERRUPT = 0x03
export const END_OF_INPUT = 0x04
const START = 0x11
const STOP = 0x13
const SUSPEND = 0x1a
export const QUIT = 0x1c

/** ^C ^Q ^S ^Z ^\: control of a program, not content for it, so it may be sent them although it is granted no input. */
export const CONTROL_BYTES: ReadonlySet<number> = new Set([INTERRUPT, START, STOP, SUSPEND, QUIT])

/** Those of them that make a terminal drop what was typed before (NOFLSH), and a shell perhaps the line it has read. */
export const FLUSHING: ReadonlySet<number> = new Set([INTERRUPT, SUSPEND, QUIT])
