import assert from 'node:assert/strict'
import { type IPty, spawn } from '@lydell/node-pty'
import { Typist } from './typist.ts'

const HISTORY = [
  'first',
  'second --flag',
  'third "two words"; x',
  'for f in a_b c; do echo "$f" ; done',
]

/** Key sequences that bash's own readline and ours must turn into the same line. */
const SEQUENCES = [
  'abc\x02\x02x\x06y',
  'one two three\x1bb\x1bbX\x1bfY',
  'one_two-three.four/five\x1bb\x1bbX\x1bb\x1b\x7f',
  'ls /usr/local \x17\x17x',
  'ls  /usr/local\x1b\x7f\x1b\x7fx',
  'one two three\x17\x17\x01\x19',
  'one two three\x01\x1bd\x1bd\x05\x19',
  'one two\x1b\x7f\x1bd\x19',
  'a b c\x01\x0b\x19\x19',
  'one two\x1bb\x15\x05\x19',
  'one \x17two \x05\x17\x19\x1by',
  'a \x17b \x05\x17c \x05\x17\x19\x1by\x1by',
  'sl\x14',
  'abcd\x02\x02\x14\x14',
  'a\x14b',
  'make it loud\x1bb\x1bb\x1bu!',
  'MAKE IT now\x01\x1bl\x1bc\x1bu',
  'ça va\x01\x1bu',
  'typed\x1f',
  'one two\x17\x17\x1f',
  'one two\x17\x17\x1f\x1f',
  'abc\x7f\x7f\x1f',
  'one two\x17\x19\x1f',
  'abc\x02\x02\x04',
  'abc\x01\x1b[3~\x1b[3~',
  'abc\x1b[D\x1b[Dx\x1b[H<\x1b[F>',
  'one two\x1b[1;5Dx\x1b[1;5Cy',
  '\x10',
  '\x10\x10\x10',
  '\x10\x10\x0e',
  'begun\x10\x0e!',
  '\x10x\x10y\x0e',
  '\x1b<',
  'x\x1b<\x1b>y',
  'ls \x1b.',
  'ls \x1b.\x1b.',
  'ls \x1b.\x1b.\x1b.\x1b.',
  'ls \x1b. \x1b.',
  '\x12sec\x05!',
  '\x12s\x12\x05!',
  '\x12wor\x01x',
  'begun\x12sec\x07',
  '\x12sec\x02x',
  '\x12secx\x7f\x7f\x05!',
  '\x12zzzz\x05!',
  'kept\x12zzzz\x07!',
  'é漢字\x02\x7fx',
  'e\u0301x\x02\x02\x7f',
  'one two\x01\x1b\x7f\x0b\x0b\x19',
  'word\x1bbX\x1bfY\x1bdZ',
]

describe('the line editor beside bash', () => {
  let bash: Bash
  before(async () => {
    bash = new Bash()
    await bash.start()
  })
  after(() => bash.stop())

  for (const sequence of SEQUENCES) {
    it(`makes the same of ${JSON.stringify(sequence)}`, async () => {
      const somebody = await new Typist({ history: HISTORY }).type(`${sequence}\r`)
      assert.equal(somebody.accepted, await bash.edit(sequence))
    })
  }
})

/** bash and its readline on a terminal of their own, asked for one line at a time. */
class Bash {
  readonly #pty: IPty
  #output = ''
  #heard: () => void = () => {}

  constructor() {
    this.#pty = spawn('bash', ['--norc', '--noprofile', '-i'], {
      cols: 200,
      rows: 24,
      env: {
        PATH: process.env['PATH'] ?? '',
        TERM: 'xterm',
        LC_ALL: 'C.UTF-8',
        INPUTRC: '/dev/null',
        PS1: '',
      },
    })
    this.#pty.onData(text => {
      this.#output += text
      this.#heard()
    })
  }

  async start(): Promise<void> {
    this.#pty.write(
      "HISTCONTROL=; set +H; set +o history; bind 'set enable-bracketed-paste off'; printf 'GO%s\\n' NOW\r",
    )
    await this.#until(/GONOW\r\n/)
  }

  async edit(keys: string): Promise<string> {
    const remember = HISTORY.map(line => `history -s -- ${quoted(line)}`).join(';')
    this.#output = ''
    this.#pty.write(
      `history -c; ${remember}; IFS= read -r -e -p 'RE''ADY ' line; printf '[[%s]]\\n' "$line"\r`,
    )
    await this.#until(/READY $/)
    this.#output = ''
    this.#pty.write(`${keys}\r`)
    const [, line = ''] = await this.#until(/\[\[([^]*)\]\]\r\n/)
    return line
  }

  stop(): void {
    this.#pty.kill('SIGKILL')
  }

  async #until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#output)
      if (found !== null) return found
      await new Promise<void>(resolve => {
        this.#heard = resolve
      })
    }
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
