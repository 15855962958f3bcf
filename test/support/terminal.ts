import * as xterm from '@xterm/headless'

/** A CommonJS module: Node hands it over as the default export, tsx in mocha as the namespace itself. */
const { Terminal } = 'default' in xterm ? (xterm.default as typeof xterm) : xterm

/**
 * A terminal to show things on: the reference that says what output really looks like. xterm.js has
 * no screen of its own here and answers no queries.
 */
export class Screen {
  readonly #terminal: xterm.Terminal

  constructor(columns = 80, rows = 24) {
    this.#terminal = new Terminal({
      cols: columns,
      rows,
      allowProposedApi: true,
      scrollback: 5000,
    })
  }

  write(output: string | Uint8Array): Promise<void> {
    return new Promise(resolve => this.#terminal.write(output, resolve))
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows)
  }

  /** The rows on the screen without trailing blanks; empty rows at the bottom are left out. */
  get rows(): string[] {
    const { buffer, rows } = this.#terminal
    const lines = Array.from({ length: rows }, (_, row) =>
      (buffer.active.getLine(buffer.active.baseY + row)?.translateToString(true) ?? '').trimEnd(),
    )
    return lines.slice(0, lines.findLastIndex(line => line !== '') + 1)
  }

  /** Everything from the first line on, what scrolled away included. */
  get everything(): string[] {
    const { active } = this.#terminal.buffer
    const lines = Array.from({ length: active.length }, (_, at) =>
      (active.getLine(at)?.translateToString(true) ?? '').trimEnd(),
    )
    return lines.slice(0, lines.findLastIndex(line => line !== '') + 1)
  }

  /** Row and column of the cursor, from 0. */
  get cursor(): [row: number, column: number] {
    const { active } = this.#terminal.buffer
    return [active.cursorY, active.cursorX]
  }

  get bracketedPaste(): boolean {
    return this.#terminal.modes.bracketedPasteMode
  }
}
