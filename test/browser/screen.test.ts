import assert from 'node:assert/strict'
import { openScreen, type Drawing } from '../../replay-ui/src/playback/screen.ts'
import type { ChannelFacts } from '../../server/core/replay/steps.ts'

const ROOM = { columns: 120, rows: 30 }
const plain = (channel: number): ChannelFacts => ({ channel, terminal: null })
const terminal = (channel: number, columns: number, rows: number): ChannelFacts => ({
  channel,
  terminal: { term: 'xterm', columns, rows },
})
const output = (channel: number, data: string) => ({ channel, atMs: 0, code: 'o', data })
const textOf = (drawings: readonly Drawing[]): string =>
  drawings.map(drawing => (drawing.is === 'output' ? drawing.text : '')).join('')

describe('openScreen', () => {
  it('has the size of the terminal, and where there was none all the room there is', () => {
    assert.deepEqual(openScreen([terminal(0, 80, 24)], ROOM).size, { columns: 80, rows: 24 })
    assert.deepEqual(openScreen([plain(0)], ROOM).size, ROOM)
    assert.deepEqual(openScreen([], ROOM).size, ROOM)
  })

  it('fits the largest of several terminals', () => {
    const { columns, rows } = openScreen([terminal(0, 80, 50), terminal(1, 132, 24)], ROOM).size
    assert.deepEqual({ columns, rows }, { columns: 132, rows: 50 })
  })

  it('begins each line at its beginning where no terminal did', () => {
    const screen = openScreen([plain(0)], ROOM)
    assert.equal(textOf(screen.draw([output(0, 'a\nb'), output(0, '\n')])), 'a\r\nb\r\n')
  })

  it('leaves the line feeds of a terminal alone', () => {
    const screen = openScreen([terminal(0, 80, 24)], ROOM)
    assert.equal(textOf(screen.draw([output(0, 'a\nb')])), 'a\nb')
  })

  it('shows direction marks instead of obeying them', () => {
    const screen = openScreen([terminal(0, 80, 24)], ROOM)
    const shown = textOf(screen.draw([output(0, 'a\u202eb\u2066c\u2028d\u200fe')]))
    assert.equal(shown, 'a⇄b⇄c⇄d⇄e')
  })

  it('shows bytes that were no text as U+FFFD', () => {
    const screen = openScreen([plain(0)], ROOM)
    assert.equal(textOf(screen.draw([output(0, 'a\u{10f7ff}b')])), 'a\ufffdb')
  })

  it('ends what one channel left open before another prints', () => {
    const screen = openScreen([plain(0), plain(1)], ROOM)
    const shown = textOf(screen.draw([output(0, 'half \u001b[3'), output(1, 'next\n')]))
    assert.ok(shown.startsWith('half \u001b[3\u0018'), JSON.stringify(shown))
    assert.ok(shown.endsWith('\r\nnext\r\n'), JSON.stringify(shown))
  })

  it('follows a resize, held to what a player can draw', () => {
    const screen = openScreen([terminal(0, 80, 24)], ROOM)
    const resize = (data: string): Drawing[] =>
      screen.draw([{ channel: 0, atMs: 0, code: 'r', data }])
    assert.deepEqual(resize('100x40'), [{ is: 'resize', size: { columns: 100, rows: 40 } }])
    assert.deepEqual(resize('99999x99999'), [{ is: 'resize', size: { columns: 1000, rows: 500 } }])
    assert.deepEqual(resize('0x0'), [])
  })

  it('draws neither what the agent typed nor what it does not know', () => {
    const screen = openScreen([plain(0)], ROOM)
    for (const code of ['i', 'm', 'x', 'constructor']) {
      assert.deepEqual(screen.draw([{ channel: 0, atMs: 0, code, data: 'secret' }]), [])
    }
  })
})
