import type { Terminal } from '../core/ports/channels.ts'

/** Opcodes of RFC 4254 §8 by what stty(1) calls them. Characters first, then switches. */
const CHARACTERS: Readonly<Record<number, string>> = {
  1: 'intr',
  2: 'quit',
  3: 'erase',
  4: 'kill',
  5: 'eof',
  6: 'eol',
  7: 'eol2',
  8: 'start',
  9: 'stop',
  10: 'susp',
  12: 'rprnt',
  13: 'werase',
  14: 'lnext',
  18: 'discard',
}

const SWITCHES: Readonly<Record<number, string>> = {
  30: 'ignpar',
  31: 'parmrk',
  32: 'inpck',
  33: 'istrip',
  34: 'inlcr',
  35: 'igncr',
  36: 'icrnl',
  37: 'iuclc',
  38: 'ixon',
  39: 'ixany',
  40: 'ixoff',
  41: 'imaxbel',
  42: 'iutf8',
  50: 'isig',
  51: 'icanon',
  52: 'xcase',
  53: 'echo',
  54: 'echoe',
  55: 'echok',
  56: 'echonl',
  57: 'noflsh',
  58: 'tostop',
  59: 'iexten',
  60: 'echoctl',
  61: 'echoke',
  70: 'opost',
  71: 'olcuc',
  72: 'onlcr',
  73: 'ocrnl',
  74: 'onocr',
  75: 'onlret',
}

/** Of a character: there is none. */
const NONE = 255
/** Opcodes from here on have no argument of four bytes, and end the list as 0 does. */
const LAST_WITH_ARGUMENT = 159

/** What stty is to be told for these modes, such as `-echo` or `intr 3`; what nobody knows is left out. */
export function sttySettings({ modes }: Pick<Terminal, 'modes'>): string[] {
  const view = new DataView(modes.buffer, modes.byteOffset, modes.byteLength)
  const words: string[] = []
  for (let at = 0; at + 5 <= modes.length; at += 5) {
    const opcode = modes[at] ?? 0
    if (opcode === 0 || opcode > LAST_WITH_ARGUMENT) break
    const value = view.getUint32(at + 1)
    const character = CHARACTERS[opcode]
    const flag = SWITCHES[opcode]
    if (character !== undefined && value <= NONE) {
      words.push(`${character} ${value === NONE ? 'undef' : value}`)
    } else if (flag !== undefined) {
      words.push(value === 0 ? `-${flag}` : flag)
    }
  }
  return words
}
