/**
 * One judged command as lines for the driver shell, and the report of its end.
 *
 * Backslashes before names (`\printf`) keep aliases out of these lines; functions of these names are
 * denied (denials.ts). Each group's standard error is thrown away, so that `set -x` shows the agent's
 * commands and not ours.
 */
import { MARK_FORMAT } from './cut-marks.ts'
import {
  checkNonce,
  type Driver,
  driverText,
  type DriverText,
  quote,
  quoteLines,
} from './driver-text.ts'
import { fieldText, type Report } from './reports.ts'

/**
 * A body longer than this goes in pieces. With what stands around it a line stays well below the 4095
 * bytes that a terminal in canonical mode keeps of one.
 */
const BODY_LIMIT_BYTES = 800
/** Bytes of one piece, quoting included. */
const PIECE_LIMIT_BYTES = 600

/**
 * The lines that run a command once, however often they are written: a ^C that is still on its way when the
 * command before it has ended makes the shell drop a line unread, and then these are written again.
 *
 * @param command the text that the judge let through, byte for byte.
 * @param previousStatus what `$?` is to be when it begins.
 */
export function runText(
  driver: Driver,
  command: string,
  { nonce, previousStatus }: { nonce: string; previousStatus: number },
): DriverText {
  checkNonce(nonce)
  const begun = `${driver.prefix}b`
  const report = `\\printf '\\036S${nonce}\\037${nonce}\\036' >${driver.control}`
  // Under `set -e` a failing subshell would end the driver; there `$?` is what it is.
  const status =
    previousStatus === 0
      ? ''
      : `;case $- in *e*) ;; *) (\\exit ${statusNumber(previousStatus)});; esac`
  const once = (evaluation: string): string =>
    `if { \\[ "\${${begun}-}" = ${nonce} ]; } 2>/dev/null;then :;else ` +
    `{ ${begun}=${nonce};${report}${status}; } 2>/dev/null;${evaluation};fi;${again}`
  const again = reportText(driver, nonce)
  const body = quoteLines(command, driver)
  if (byteLength(body) <= BODY_LIMIT_BYTES) {
    return driverText(once(evaluate(driver, body)), '', again)
  }
  // In pieces, each counted: the whole runs only when every piece arrived, and never one alone.
  const text = `${driver.prefix}c`
  const count = `${driver.prefix}k`
  const pieces = piecesOf(command, driver)
  const lines = pieces.map(
    (piece, at) =>
      `{ \\[ "$${count}" = ${at} ]&&${text}=$${text}${piece} ${count}=${at + 1}; } 2>/dev/null`,
  )
  const intact = `\\[ "$${count}" = ${pieces.length} ]&&${evaluate(driver, `"$${text}"`)}`
  return driverText(
    `{ ${text}= ${count}=0; } 2>/dev/null`,
    ...lines,
    once(intact),
    `{ \\unset ${text} ${count}; } 2>/dev/null`,
    again,
  )
}

/**
 * Reports the end of a command, once: `$?`, home, directory and prompt, then the cut mark. Written
 * again behind every command, because ^C makes a shell drop the rest of the line it is in.
 *
 * bash reads its lines from descriptor 0. Whatever a command did to its descriptors or its editing modes, the
 * next line comes from the control terminal and is read as it is written.
 */
export function reportText(driver: Driver, nonce: string): DriverText {
  const { prefix, control, terminal, dialect } = driver
  checkNonce(nonce)
  const input = dialect === 'bash' ? `\\exec <${control};\\set +o emacs +o vi;` : ''
  const format = `\\036E${nonce}\\037%s\\037%s\\037%s\\037%s\\037%s\\037${nonce}\\036`
  // The dot keeps a newline at the end of the directory's name, which $(…) would drop.
  const fields = `"$${prefix}s" "\${HOME-}" "\${PWD-}" "$(\\pwd -P;\\printf .)" "\${PS1-}"`
  const mark = `\\printf '${MARK_FORMAT.replace('%s', nonce)}' >${terminal}`
  return (`{ ${prefix}s=$?;${input}\\[ "\${${prefix}d-}" = ${nonce} ]||` +
    `{ \\printf '${format}' ${fields} >${control};${prefix}d=${nonce};${mark};PS1=; }; } 2>/dev/null`) as DriverText
}

/** The report alone, as a line: after each ^C, so that it comes however many lines the shell has dropped. */
export function reportLine(driver: Driver, nonce: string): DriverText {
  return driverText('', reportText(driver, nonce))
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
  const [status = '', home, logical, physical, prompt = ''] = fields
  // A name that holds the separator makes more fields; then only the status, which comes first, is sure.
  const isSure = fields.length === 5
  const directory = isSure && physical?.endsWith('\n.') ? physical.slice(0, -2) : undefined
  const workingDirectory = fieldText(directory)
  return {
    status: /^[0-9]{1,3}$/.test(status) ? Number(status) : 255,
    homeDirectory: isSure ? absolute(fieldText(home)) : null,
    logicalDirectory: isSure ? fieldText(logical) : null,
    workingDirectory: absolute(workingDirectory),
    prompt: isSure ? prompt : '',
  }
}

function absolute(path: string | null): string | null {
  return path?.startsWith('/') === true ? path : null
}

/**
 * The agent's terminal is the command's input and output. For bash it is opened anew, because
 * descriptor 0 is the control terminal; standard error of every shell is set back, because the group around
 * it throws it away.
 */
function evaluate({ dialect, terminal }: Driver, body: string): string {
  const input = dialect === 'bash' ? ` <>${terminal}` : ''
  return `{ \\eval ${body}${input} 2>${terminal}; } 2>/dev/null`
}

function piecesOf(command: string, driver: Driver): string[] {
  const pieces: string[] = []
  let piece = ''
  let bytes = 0
  for (const character of command) {
    const size = byteLength(quoteLines(character, driver)) - 2
    if (bytes + size > PIECE_LIMIT_BYTES) {
      pieces.push(piece)
      piece = ''
      bytes = 0
    }
    piece += character
    bytes += size
  }
  pieces.push(piece)
  return pieces.map(text => (text === '' ? quote('') : quoteLines(text, driver)))
}

function statusNumber(status: number): number {
  if (!Number.isInteger(status) || status < 0 || status > 255)
    throw new Error('a status is 0 to 255')
  return status
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
