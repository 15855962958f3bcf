import type { Editor, Memory } from '../../../../server/core/shell/line-editor/editor-state.ts'
import { FRESH } from '../../../../server/core/shell/line-editor/editor-state.ts'
import { beginLine, feed, type Outcome } from '../../../../server/core/shell/line-editor/editor.ts'
import { resize } from '../../../../server/core/shell/line-editor/screen.ts'
import { textOf } from '../../../../server/core/shell/line-editor/line.ts'
import { Screen } from '../../../support/terminal.ts'

/** Somebody at a terminal, typing into the editor and looking at the screen. */
export class Typist {
  readonly screen: Screen
  editor: Editor
  outcome: Outcome = { is: 'editing' }
  /** What the last chunk made the editor write. */
  output: string
  #shown: Promise<void>

  constructor({
    columns = 80,
    rows = 24,
    prompt = '$ ',
    tail = '',
    history = [] as readonly string[],
    memory = FRESH as Memory,
    term = 'xterm',
  } = {}) {
    this.screen = new Screen(columns, rows)
    const size = { columns, rows, isDumb: term === 'dumb' }
    const begun = beginLine({ ...memory, history }, prompt, tail, size)
    this.editor = begun.editor
    this.output = begun.output
    this.#shown = this.screen.write(tail + begun.output)
  }

  get line(): string {
    return textOf(this.editor.line)
  }

  /** The line that was accepted last; null when none was. */
  get accepted(): string | null {
    return this.outcome.is === 'accepted' ? this.outcome.text : null
  }

  /** Types as one chunk; whatever follows the end of a line is dropped. */
  async type(keys: string | Uint8Array): Promise<this> {
    const bytes = typeof keys === 'string' ? new TextEncoder().encode(keys) : keys
    await this.#shown
    this.output = ''
    for (let rest: Uint8Array | null = bytes; rest !== null; ) {
      const edited = feed(this.editor, rest)
      this.editor = edited.editor
      this.outcome = edited.outcome
      this.output += edited.output
      await this.screen.write(edited.output)
      rest = edited.outcome.is === 'busy' ? edited.outcome.rest : null
    }
    return this
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#shown
    this.screen.resize(columns, rows)
    const { editor, output } = resize(this.editor, { ...this.editor.size, columns, rows })
    this.editor = editor
    await this.screen.write(output)
  }

  async looksLike(): Promise<{ rows: string[]; cursor: [number, number] }> {
    await this.#shown
    return { rows: this.screen.rows, cursor: this.screen.cursor }
  }
}
