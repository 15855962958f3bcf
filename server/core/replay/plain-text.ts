import { escapeControls } from '../verdict.ts'

/** A line of a recording beyond this is given out in pieces: output may never hold a line end. */
const MAX_LINE = 8192
/** Longer than any control string a program sends for good; what goes on is taken for text again. */
const MAX_CONTROL = 65_536

type State =
  | { is: 'ground' }
  | { is: 'escape' }
  /** Collects parameters until the final byte (ECMA-48 §5.4). */
  | { is: 'sequence'; length: number; parameters: string }
  /** OSC, DCS, SOS, PM, APC: to BEL or ST. */
  | { is: 'string'; length: number }
  /** An ESC inside such a string: `\` makes it ST. */
  | { is: 'string-escape'; length: number }

const GROUND: State = { is: 'ground' }

/**
 * What a terminal would show of some output, line by line, as plain text that is safe to print:
 * escape sequences are left out, carriage return and backspace write over, every other control or
 * invisible character is spelled out. Full-screen programs need a real terminal; see the replay.
 */
export class PlainText {
  #state: State = GROUND
  #line: string[] = []
  #column = 0

  /** Takes more output, gives the lines that are finished now, each with its line end. */
  push(data: string): string {
    let finished = ''
    for (const character of data) {
      this.#state =
        this.#state.is === 'ground' ? this.#atGround(character) : this.#inControl(character)
      if (this.#state.is === 'ground' && character === '\n') finished += this.rest()
      else if (this.#line.length >= MAX_LINE) finished += this.rest()
    }
    return finished
  }

  /** The line that no line end has finished yet; empty when there is none. */
  rest(): string {
    const line = this.#line.join('')
    this.#line = []
    this.#column = 0
    // A tab shows as one everywhere and is harmless.
    return `${line.split('\t').map(escapeControls).join('\t').trimEnd()}\n`
  }

  get isLineStart(): boolean {
    return this.#line.length === 0
  }

  #atGround(character: string): State {
    switch (character) {
      case '\u001b':
        return { is: 'escape' }
      case '\u009b':
        return { is: 'sequence', length: 0, parameters: '' }
      case '\u0090':
      case '\u0098':
      case '\u009d':
      case '\u009e':
      case '\u009f':
        return { is: 'string', length: 0 }
      case '\r':
        this.#column = 0
        return GROUND
      case '\b':
        this.#column = Math.max(0, this.#column - 1)
        return GROUND
      case '\n':
      case '\u0007':
      case '\u0000':
      case '\u007f':
        return GROUND
      default:
        this.#line[this.#column] = character
        this.#column += 1
        return GROUND
    }
  }

  #inControl(character: string): State {
    const state = this.#state
    switch (state.is) {
      case 'ground':
        return state
      case 'escape':
        if (character === '[') return { is: 'sequence', length: 0, parameters: '' }
        if (/[\]PX^_]/.test(character)) return { is: 'string', length: 0 }
        // Intermediate bytes (0x20 to 0x2f) are followed by one final byte.
        return /[ -/]/.test(character) ? state : GROUND
      case 'sequence':
        if (character === '\u001b') return { is: 'escape' }
        if (character >= '@' && character <= '~') {
          if (character === 'K') this.#eraseInLine(state.parameters)
          return GROUND
        }
        if (state.length >= MAX_CONTROL) return GROUND
        return {
          is: 'sequence',
          length: state.length + 1,
          parameters:
            state.parameters.length < 16 ? state.parameters + character : state.parameters,
        }
      case 'string':
        if (character === '\u0007' || character === '\u009c') return GROUND
        if (character === '\u001b') return { is: 'string-escape', length: state.length }
        return state.length >= MAX_CONTROL ? GROUND : { is: 'string', length: state.length + 1 }
      case 'string-escape':
        // Anything but ST ends the string as well, and begins another escape (xterm does the same).
        if (character === '\\') return GROUND
        this.#state = { is: 'escape' }
        return this.#inControl(character)
    }
  }

  #eraseInLine(parameters: string): void {
    if (parameters === '' || parameters === '0') this.#line.length = this.#column
    else if (parameters === '2') this.#line = Array.from({ length: this.#column }, () => ' ')
    else if (parameters === '1') this.#line.fill(' ', 0, this.#column)
  }
}
