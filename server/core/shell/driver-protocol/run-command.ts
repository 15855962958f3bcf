/** One judged command as calls of the driver shell (driver-functions.ts), and the report of its end. */
import { BYTES_DIGITS, call, INDEX_DIGITS, STATUS_DIGITS } from './driver-functions.ts'
import {
  checkNonce,
  type Driver,
  driverText,
  type DriverText,
  fixed,
  sealed,
} from './driver-text.ts'
import { fieldText, type Report } from './reports.ts'

/** With what stands around them sealed bytes stay below the 4095 that a terminal in canonical mode keeps of a line. */
const PIECE_BYTES = 750

/**
 * The lines that run a command once, however often it is sent: a ^C that is still on its way when the
 * command before it has ended makes the shell drop a line unread, and then it is sent again.
 *
 * @param command the text that the judge let through, byte for byte.
 * @param previousStatus what `$?` is to be when it begins.
 * @param nonce the run's.
 * @param transmission another nonce, fresh each time the command is sent.
 */
export function runText(
  driver: Driver,
  command: string,
  {
    nonce,
    transmission,
    previousStatus,
  }: { nonce: string; transmission: string; previousStatus: number },
): DriverText {
  checkNonce(nonce)
  const seal = checkNonce(transmission)
  if (CONTROL.test(command))
    throw new Error('a control character in a command for the driver shell')
  const pieces = piecesOf(new TextEncoder().encode(command)).map((piece, index) => {
    const bytes = fixed(piece.length, BYTES_DIGITS)
    return `${call(driver, 'piece')} ${seal} ${fixed(index, INDEX_DIGITS)} ${bytes} '${sealed(piece)}' ${seal}`
  })
  const status = fixed(statusNumber(previousStatus), STATUS_DIGITS)
  const count = fixed(pieces.length, INDEX_DIGITS)
  return driverText(
    ...pieces,
    `${call(driver, 'commit')} ${seal} ${status} ${count} ${nonce} ${seal}`,
    call(driver, 'run'),
    // A ^C makes the shell drop the rest of the line it is in, and perhaps the next.
    '',
    call(driver, 'report'),
  )
}

/** The report alone: after each ^C, so that it comes however many lines the shell has dropped. */
export function reportLine(driver: Driver): DriverText {
  return driverText('', call(driver, 'report'))
}

/** How a command left the shell. */
export interface CommandEnd {
  readonly status: number
  /** Null where the name cannot be trusted: not UTF-8, or with control characters. */
  readonly homeDirectory: string | null
  /** As the shell calls it, for the prompt. */
  readonly logicalDirectory: string | null
  /** As the kernel knows it: what a relative path really starts from. */
  readonly workingDirectory: string | null
  /** PS1 as Latin-1; empty when the command left it alone. */
  readonly prompt: string
}

export function readCommandEnd({ fields }: Report): CommandEnd {
  const [status = '', physical, home, logical, prompt = ''] = fields
  // A name that holds the separator makes more fields, and so does a ^C that had the report begun again; then
  // only the status, which comes first, is sure.
  const isSure = fields.length === 5
  return {
    status: /^[0-9]{1,3}$/.test(status) ? Number(status) : 255,
    homeDirectory: isSure ? absolute(fieldText(home)) : null,
    logicalDirectory: isSure ? fieldText(logical) : null,
    workingDirectory: isSure ? absolute(fieldText(physical)) : null,
    prompt: isSure ? prompt : '',
  }
}

function absolute(path: string | null): string | null {
  return path?.startsWith('/') === true ? path : null
}

function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += PIECE_BYTES) {
    pieces.push(bytes.subarray(at, at + PIECE_BYTES))
  }
  return pieces
}

function statusNumber(status: number): number {
  if (!Number.isInteger(status) || status < 0 || status > 255)
    throw new Error('a status is 0 to 255')
  return status
}

// oxlint-disable-next-line no-control-regex -- the judge refuses them; here they would be a fault of ours
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/
