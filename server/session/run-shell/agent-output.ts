import { NOTHING, takeMarks } from '../../core/shell/driver-protocol/cut-marks.ts'

/** Marks of so many commands are looked for: a shell that was interrupted may write one twice. */
const MARKS_REMEMBERED = 4

/** Where output of the agent's terminal goes. */
export interface OutputTaker {
  /** Resolves when the bytes have been recorded and shown, and the agent takes more. */
  readonly relay: (bytes: Uint8Array) => Promise<void>
  /** Ends the session: output that cannot be recorded is nobody's to wait for. */
  readonly fail: (error: unknown) => void
}

/** Output of the agent's terminal with the cut marks taken out, and word of the marks. */
export class AgentOutput {
  readonly #relay: OutputTaker['relay']
  #nonces: readonly string[] = []
  #waiting: { nonce: string; resolve: () => void } | null = null
  #held: Uint8Array = NOTHING
  /** While the driver starts: the end of its output so far, which may be a prompt. */
  #starting: { until: string | null; isBeforeMark: boolean; row: Uint8Array } | null = {
    until: null,
    isBeforeMark: true,
    row: NOTHING,
  }

  constructor(relay: OutputTaker['relay']) {
    this.#relay = relay
  }

  /**
   * Start-up: what the start-up files print is shown, but neither the prompt that the shell shows
   * before the first of our lines (its mark is `first`) nor anything between them.
   */
  beginStart(first: string): void {
    this.#nonces = [first]
    if (this.#starting !== null) this.#starting.until = first
  }

  endStart(): void {
    this.#starting = null
  }

  /** Resolves when everything up to the mark has been shown. Asked before the mark can come. */
  marked(nonce: string): Promise<void> {
    this.#nonces = [nonce, ...this.#nonces].slice(0, MARKS_REMEMBERED)
    return new Promise(resolve => {
      this.#waiting = { nonce, resolve }
    })
  }

  /** Resolves when the chunk has been recorded and shown, and the agent takes more. */
  async take(bytes: Uint8Array): Promise<void> {
    const { held, pieces } = takeMarks(this.#held, bytes, this.#nonces)
    this.#held = held.slice()
    for (const piece of pieces) {
      // Recorded and shown in their order.
      // oxlint-disable-next-line no-await-in-loop
      if (piece.is === 'output') await this.#pass(piece.bytes)
      else this.#mark(piece.nonce)
    }
  }

  async #pass(bytes: Uint8Array): Promise<void> {
    const starting = this.#starting
    if (starting === null) return this.#relay(bytes)
    if (!starting.isBeforeMark) return
    const newline = bytes.lastIndexOf(0x0a) + 1
    if (newline > 0) {
      // In one piece: half a row that looks like a prompt would be taken for ours.
      await this.#relay(Uint8Array.from([...starting.row, ...bytes.subarray(0, newline)]))
      starting.row = NOTHING
    }
    starting.row = Uint8Array.from([...starting.row, ...bytes.subarray(newline)]).slice(-ROW_BYTES)
  }

  #mark(nonce: string): void {
    if (nonce === this.#starting?.until) this.#starting.isBeforeMark = false
    if (nonce === this.#waiting?.nonce) this.#waiting.resolve()
  }
}

/** Longer than any prompt's last line. */
const ROW_BYTES = 4096
