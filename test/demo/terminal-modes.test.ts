import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { sttySettings } from '../../server/demo/terminal-modes.ts'

function encode(...modes: readonly (readonly [opcode: number, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(modes.length * 5 + 1)
  const view = new DataView(bytes.buffer)
  modes.forEach(([opcode, value], index) => {
    bytes[index * 5] = opcode
    view.setUint32(index * 5 + 1, value)
  })
  return bytes
}

describe('sttySettings', () => {
  it('names what RFC 4254 §8 numbers', () => {
    const modes = encode([1, 3], [10, 255], [50, 1], [51, 0], [53, 0], [128, 38400], [72, 1])
    assert.deepEqual(sttySettings({ modes }), [
      'intr 3',
      'susp undef',
      'isig',
      '-icanon',
      '-echo',
      'onlcr',
    ])
  })

  it('stops at the end of the list and where it is cut', () => {
    const modes = encode([53, 0], [0, 0], [51, 0])
    assert.deepEqual(sttySettings({ modes }), ['-echo'])
    assert.deepEqual(sttySettings({ modes: encode([53, 0], [51, 0]).subarray(0, 9) }), ['-echo'])
    assert.deepEqual(sttySettings({ modes: new Uint8Array() }), [])
  })

  it('never yields anything but words of its own and numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), modes => {
        for (const setting of sttySettings({ modes })) {
          assert.match(setting, /^-?[a-z0-9]+$|^[a-z0-9]+ (undef|\d{1,3})$/)
        }
      }),
    )
  })

  it('uses names that the stty of this system knows', () => {
    const everything = Array.from({ length: 160 }, (_, opcode) => [opcode, 1] as const).slice(1)
    const settings = sttySettings({ modes: encode(...everything) })
    // In a terminal of its own; those that only some systems have are left out by the shell.
    const script = settings.map(setting => `stty ${setting} || echo "${setting}"`).join('\n')
    const { stdout } = spawnSync('script', ['-qec', script, '/dev/null'], { encoding: 'utf8' })
    const unknown = stdout.split('\n').filter(line => settings.includes(line.trim()))
    assert.deepEqual(
      unknown.map(line => line.trim()).filter(setting => !/^(onocr|onlret)$/.test(setting)),
      [],
    )
  })
})
