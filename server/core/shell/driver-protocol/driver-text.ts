/**
 * Text for the driver shell. Only functions of this folder make it, and each of them puts at most one
 * thing of others into it: a line that was judged, quoted. The type keeps everything else off the
 * control terminal: a string is not a DriverText.
 */
declare const composed: unique symbol
export type DriverText = string & { readonly [composed]: true }

/** What every driver text needs to know about the shell it is for. */
export interface Driver {
  readonly dialect: 'bash' | 'posix'
  /** The control terminal, whose slave side is the shell's command input: `/dev/pts/3`. */
  readonly control: string
  /** The agent's terminal, in which programs run. */
  readonly terminal: string
  /**
   * Begins the names of the few variables that the driver's lines use. Random for each session, so that
   * no program can have been written for it.
   */
  readonly prefix: string
}

/**
 * Marks text as fit for the control terminal, line by line. A control character there would be a
 * fault of ours: the judge refuses them in lines, and everything else is written in this folder.
 *
 * @throws when there is one, or when a line is longer than a terminal in canonical mode takes.
 */
export function driverText(...lines: readonly string[]): DriverText {
  for (const line of lines) {
    if (CONTROL.test(line)) throw new Error('a control character in a line for the driver shell')
    if (new TextEncoder().encode(line).length > LINE_LIMIT_BYTES) {
      throw new Error('a line for the driver shell is longer than a terminal takes')
    }
  }
  return lines.map(line => `${line}\n`).join('') as DriverText
}

/** termios(3): in canonical mode Linux keeps 4095 bytes of a line and drops the rest. */
const LINE_LIMIT_BYTES = 4000

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/

/** POSIX XCU 2.2.2: nothing is special between single quotes but the quote itself. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * The text as one word of one line. A newline comes from a variable that the driver cannot change: a
 * real one would end the line for the terminal, and what follows it could be run alone.
 */
export function quoteLines(text: string, { prefix }: Driver): string {
  return text.split('\n').map(quote).join(`"$${prefix}n"`)
}

const NONCE = /^[0-9a-f]{24}$/

/** 96 random bits that only the driver shell and the bastion know, in hexadecimal. */
export function checkNonce(nonce: string): string {
  if (!NONCE.test(nonce)) throw new Error('a nonce is 24 hexadecimal digits')
  return nonce
}

const DEVICE = /^\/dev\/[A-Za-z0-9/._-]{1,60}$/

/** True for what may be the name of a terminal; everything else could say more to a shell. */
export function isDeviceName(name: string): boolean {
  return DEVICE.test(name) && !name.includes('..')
}
