/**
 * What keys send. Sources: XTerm Control Sequences ("PC-Style Function Keys", "VT220-Style Function Keys"),
 * the Linux console (console_codes(4)), rxvt and PuTTY where they differ.
 */

/** Final bytes of cursor keys, after CSI or SS3. */
const CURSOR_KEYS: Readonly<Record<string, string>> = {
  A: 'Up',
  B: 'Down',
  C: 'Right',
  D: 'Left',
  H: 'Home',
  F: 'End',
}

/** rxvt: Ctrl with a cursor key after SS3. */
const RXVT_CTRL_KEYS: Readonly<Record<string, string>> = {
  a: 'Ctrl-Up',
  b: 'Ctrl-Down',
  c: 'Ctrl-Right',
  d: 'Ctrl-Left',
}

/** First parameter of sequences that end in `~`. */
const EDITING_KEYS: Readonly<Record<string, string>> = {
  1: 'Home',
  2: 'Insert',
  3: 'Delete',
  4: 'End',
  5: 'PageUp',
  6: 'PageDown',
  7: 'Home',
  8: 'End',
}

/** Control characters with a key of their own; the others are Ctrl with a letter or sign. */
const CONTROL_KEYS: Readonly<Record<number, string>> = {
  0x09: 'Tab',
  0x0d: 'Enter',
  0x7f: 'Backspace',
}

/** The key of a C0 control character or DEL: `Enter`, `Ctrl-a`, `Ctrl-_`. */
export function controlKey(byte: number): string {
  return CONTROL_KEYS[byte] ?? `Ctrl-${String.fromCharCode(byte + 0x40).toLowerCase()}`
}

/** The key of ESC and a byte: `Alt-b`, `Alt-Backspace`, `Alt-Ctrl-h`. */
export function escapedKey(byte: number): string {
  if (byte < 0x20 || byte === 0x7f) return `Alt-${controlKey(byte)}`
  return `Alt-${String.fromCharCode(byte)}`
}

/** The key of SS3 and a byte; null when no key sends it. */
export function shiftedKey(byte: number, isMeta: boolean): string | null {
  const letter = String.fromCharCode(byte)
  const name = lookUp(CURSOR_KEYS, letter) ?? lookUp(RXVT_CTRL_KEYS, letter)
  return withMeta(name, isMeta)
}

/** The key of what stands after CSI, such as `A`, `1;5C` or `3~`; null when no key sends it. */
export function sequenceKey(sequence: string, isMeta: boolean): string | null {
  const match = /^(\d*)(?:;(\d+))?([A-Za-z~])$/.exec(sequence)
  if (match === null) return null
  const [, parameter = '', modifier = '1', final = ''] = match
  const name = final === '~' ? lookUp(EDITING_KEYS, parameter) : cursorKey(parameter, final)
  return name === null ? null : withMeta(withModifier(name, Number(modifier)), isMeta)
}

function cursorKey(parameter: string, final: string): string | null {
  return parameter === '' || parameter === '1' ? lookUp(CURSOR_KEYS, final) : null
}

/** XTerm: the modifier is 1 plus 1 for Shift, 2 for Alt, 4 for Ctrl, 8 for Meta. Shift makes no difference here. */
function withModifier(name: string, modifier: number): string {
  const bits = modifier - 1
  if ((bits & 4) !== 0) return `Ctrl-${name}`
  if ((bits & 10) !== 0) return `Alt-${name}`
  return name
}

function withMeta(name: string | null, isMeta: boolean): string | null {
  return name !== null && isMeta && !name.includes('-') ? `Alt-${name}` : name
}

function lookUp(table: Readonly<Record<string, string>>, key: string): string | null {
  return Object.hasOwn(table, key) ? (table[key] ?? null) : null
}
