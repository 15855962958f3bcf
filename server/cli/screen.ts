import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { safeJson } from '../core/safe-json.ts'
import { escapeControls } from '../core/verdict.ts'

/** Exit statuses: 0 yes, 1 no (denied, not found, verification failed), 2 misuse. */
export type Status = 0 | 1 | 2

/** Where a command writes. Nothing of what agents and targets wrote reaches it unescaped. */
export interface Screen {
  /** Cells across; null where standard output is no terminal and nothing must fit. */
  readonly columns: number | null
  readonly paint: Paint
  /** True where somebody sits who could answer a question. */
  readonly canAsk: boolean
  /** Results, on standard output; a line end is added. */
  print(text: string): void
  /** One JSON value, on standard output. */
  printJson(value: unknown): void
  /** Bytes as they are, on standard output; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>
  /** Remarks beside the result, on standard error. */
  remark(text: string): void
  /** Says no in one sentence on standard error; yields 1. */
  no(sentence: string): Status
  /** Says that the command was misused; yields 2. */
  misuse(sentence: string): Status
  /** A question on standard error and the answer; null when the input ends instead. */
  ask(question: string): Promise<string | null>
}

export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
}

export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
}

export function openScreen(
  { stdin, stdout, stderr }: Streams,
  env: Readonly<Record<string, string | undefined>>,
): Screen {
  const isTerminal = stdout.isTTY === true
  // https://no-color.org: any non-empty value; a dumb terminal shows the codes as garbage.
  const hasColour = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'

  const complain = (sentence: string): void => {
    stderr.write(`sallyport: ${escapeControls(sentence)}\n`)
  }
  return {
    columns: isTerminal ? (stdout.columns ?? 80) : null,
    paint: hasColour ? COLOURS : PLAIN,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    print: text => void stdout.write(`${text}\n`),
    printJson: value => void stdout.write(`${safeJson(value)}\n`),
    write: bytes =>
      new Promise((resolve, reject) => {
        stdout.write(bytes, error => (error ? reject(error) : resolve()))
      }),
    remark: text => void stderr.write(`${text}\n`),
    no(sentence) {
      complain(sentence)
      return 1
    },
    misuse(sentence) {
      complain(sentence)
      return 2
    },
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr })
      const ended = new Promise<null>(resolve => lines.once('close', () => resolve(null)))
      try {
        return await Promise.race([lines.question(question), ended])
      } finally {
        lines.close()
      }
    },
  }
}

const PLAIN: Paint = {
  bold: text => text,
  dim: text => text,
  good: text => text,
  bad: text => text,
}

const COLOURS: Paint = {
  bold: text => `\u001b[1m${text}\u001b[22m`,
  dim: text => `\u001b[2m${text}\u001b[22m`,
  good: text => `\u001b[32m${text}\u001b[39m`,
  bad: text => `\u001b[31m${text}\u001b[39m`,
}
