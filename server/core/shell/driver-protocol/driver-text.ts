/**
 * Text for the driver shell. Only functions of this folder make it, and each of them puts at most one
 * thing of others into it: a line that was judged, or a word to complete, as digits (`sealed`). The type
 * keeps everything else off the control terminal: a string is not a DriverText.
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
   * Begins the names of the driver's functions and variables: `__`, 16 random digits, `_`. Random for
   * each session, so that no program can have been written for it; digits, because a line that was cut must
   * not become the name of a program.
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

/** Characters that one byte takes in a sealed word. */
export const SEALED_BYTE = 5

/**
 * Bytes as `printf %b` reads them (POSIX XCU printf), every one in octal: whatever part of them is left
 * when somebody else has read from the control terminal, it is digits.
 */
export function sealed(bytes: Uint8Array): string {
  return Array.from(bytes, byte => `\\0${byte.toString(8).padStart(3, '0')}`).join('')
}

/** Zeros before a number, so that a digit that is missing shows. */
export function fixed(value: number, width: number): string {
  const text = String(value).padStart(width, '0')
  if (!/^[0-9]+$/.test(text) || text.length > width) throw new Error(`no number of ${width} digits`)
  return text
}

/** 96 bits are 29 decimal digits at most. */
export const NONCE_DIGITS = 29
const NONCE = /^[0-9]{29}$/

/** 96 random bits that only the driver shell and the bastion know, in decimal: digits name no program. */
export function checkNonce(nonce: string): string {
  if (!NONCE.test(nonce)) throw new Error('a nonce is 29 decimal digits')
  return nonce
}

/** @param random 12 bytes. */
export function nonceOf(random: Uint8Array): string {
  return decimal(random).padStart(NONCE_DIGITS, '0')
}

/** @param random 6 bytes: 48 bits are 15 digits at most. */
export function prefixOf(random: Uint8Array): string {
  return `__${decimal(random).padStart(16, '0')}_`
}

function decimal(bytes: Uint8Array): string {
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n).toString()
}

const DEVICE = /^\/dev\/[A-Za-z0-9/._-]{1,60}$/

/** True for what may be the name of a terminal; everything else could say more to a shell. */
export function isDeviceName(name: string): boolean {
  return DEVICE.test(name) && !name.includes('..')
}
