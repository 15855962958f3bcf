import type { Terminal } from '../core/ports/channels.ts'
import type { WireReader } from '../core/ssh-wire/reader.ts'
import { WireFault } from '../core/ssh-wire/wire-fault.ts'

/** The longest name in a terminfo database has 25 characters. */
const TERM = /^[\x21-\x7e]{1,64}$/
/** RFC 4254 §8 knows 55 modes of five bytes each. */
const MODES_MOST_BYTES = 512
const MOST_PIXELS = 65_535

type Size = Pick<Terminal, 'columns' | 'rows' | 'widthPixels' | 'heightPixels'>

/** RFC 4254 §6.2. The modes stay as they came: the target reads them, we do not. */
export function readTerminal(fields: WireReader, mostCells: number): Terminal {
  const term = fields.text('TERM')
  const size = readSize(fields, mostCells)
  const modes = fields.string('terminal modes')
  // An empty name is what a client without TERM sends, and what `dumb` is for.
  if (term !== '' && !TERM.test(term)) throw new WireFault('TERM: not a terminal name')
  if (modes.length > MODES_MOST_BYTES) throw new WireFault(`terminal modes: ${modes.length} bytes`)
  return { term: term === '' ? 'dumb' : term, ...size, modes: Uint8Array.from(modes) }
}

/** RFC 4254 §6.2 and §6.7, in this order. A size beyond `mostCells` each way is taken for so many. */
export function readSize(fields: WireReader, mostCells: number): Size {
  return {
    columns: Math.min(fields.uint32('columns'), mostCells),
    rows: Math.min(fields.uint32('rows'), mostCells),
    widthPixels: Math.min(fields.uint32('width'), MOST_PIXELS),
    heightPixels: Math.min(fields.uint32('height'), MOST_PIXELS),
  }
}
