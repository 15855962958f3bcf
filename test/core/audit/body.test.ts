import assert from 'node:assert/strict'
import { decodeSessionBody, encodeBody } from '../../../server/core/audit/body.ts'
import type { SessionEvent } from '../../../server/core/audit/events.ts'

const event: SessionEvent = {
  kind: 'environment-ignored',
  channel: 2,
  names: ['LD_PRELOAD', 'ü\0'],
}

describe('encodeBody', () => {
  it('writes the time first, then the event in the order it was given', () => {
    assert.equal(
      Buffer.from(encodeBody(0, event)).toString(),
      '{"at":"1970-01-01T00:00:00.000Z","kind":"environment-ignored","channel":2,"names":["LD_PRELOAD","ü\\u0000"]}',
    )
  })
})

describe('decodeSessionBody', () => {
  it('reads back what was written', () => {
    assert.deepEqual(decodeSessionBody(encodeBody(1_732_118_400_123, event)), {
      ok: true,
      value: { atMs: 1_732_118_400_123, event },
    })
  })

  for (const [what, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['half a body', encodeBody(0, event).subarray(0, 40)],
    ['what is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['another kind of JSON', Buffer.from('[1]')],
    ['a body without a time', Buffer.from('{"kind":"channel-opened"}')],
    ['a body with a time that is none', Buffer.from('{"at":"now","kind":"channel-opened"}')],
    ['a body without a kind', Buffer.from('{"at":"1970-01-01T00:00:00.000Z"}')],
    ['null', Buffer.from('null')],
  ] as const) {
    it(`says that it cannot read ${what}`, () => {
      assert.equal(decodeSessionBody(bytes).ok, false)
    })
  }
})
