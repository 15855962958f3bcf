import assert from 'node:assert/strict'
import fc from 'fast-check'
import { columnsOf, encodeBody } from '../../../server/core/audit/body.ts'
import { chainStart, commitmentTo, nextLink } from '../../../server/core/audit/chain.ts'
import type { SessionEvent } from '../../../server/core/audit/events.ts'
import { type ChainedEvent, verifyChain } from '../../../server/core/audit/verify.ts'

const header = Buffer.from('{"version":1,"session":"s"}')
const at = Date.parse('2026-11-20T16:00:00.123Z')

function chainOf(events: readonly SessionEvent[]): ChainedEvent[] {
  let previous = chainStart(header)
  return events.map((event, seq) => {
    const salt = new Uint8Array(16).fill(seq)
    const body = encodeBody(at + seq, event)
    const commitment = commitmentTo(salt, body)
    const hash = nextLink(previous, seq, commitment)
    const link = { ...columnsOf(event), seq, atMs: at + seq, commitment, previous, hash }
    previous = hash
    return { ...link, content: { salt, body } }
  })
}

const story: SessionEvent[] = [
  { kind: 'target-connected', address: '10.0.0.1:22', hostKey: 'SHA256:x', version: 'SSH-2.0-y' },
  {
    kind: 'request-refused',
    channel: null,
    request: 'direct-tcpip',
    detail: { text: '10.0.0.2:80' },
    rule: 'default',
    reason: 'not offered',
  },
  { kind: 'environment-ignored', channel: 0, names: ['A'] },
  { kind: 'session-closed', reason: 'done', channels: 1, recovered: false },
]

/** The story's chain with event `seq` replaced. */
function altered(seq: number, change: (event: ChainedEvent) => Partial<ChainedEvent>) {
  return chainOf(story).map(event => (event.seq === seq ? { ...event, ...change(event) } : event))
}

function flipped(bytes: Uint8Array, index = 0): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[index] = (copy[index] ?? 0) ^ 1
  return copy
}

describe('verifyChain', () => {
  it('finds the head of an untouched chain', () => {
    const events = chainOf(story)
    const verified = verifyChain(header, events)
    assert.ok(verified.ok)
    assert.equal(verified.value.seq, 3)
    assert.deepEqual(verified.value.hash, events.at(-1)?.hash)
    assert.equal(verified.value.erased, 0)
  })

  it('takes a session without events for one that has just begun', () => {
    assert.deepEqual(verifyChain(header, []), {
      ok: true,
      value: { seq: -1, hash: chainStart(header), erased: 0 },
    })
  })

  it('lets an erased body stand, and counts it', () => {
    const verified = verifyChain(
      header,
      altered(1, () => ({ content: null })),
    )
    assert.equal(verified.ok && verified.value.erased, 1)
  })

  const faults: [string, number, ChainedEvent[] | { header: Uint8Array }][] = [
    ['another header', 0, { header: Buffer.from('{}') }],
    ['a missing first event', 0, chainOf(story).slice(1)],
    ['a missing event', 2, chainOf(story).filter(event => event.seq !== 2)],
    ['two events exchanged', 1, [0, 2, 1, 3].map(seq => chainOf(story)[seq] as ChainedEvent)],
    ['an event repeated', 2, [0, 1, 1, 2].map(seq => chainOf(story)[seq] as ChainedEvent)],
    ['another previous hash', 2, altered(2, ({ previous }) => ({ previous: flipped(previous) }))],
    ['another hash', 2, altered(2, ({ hash }) => ({ hash: flipped(hash, 31) }))],
    ['a shorter hash', 2, altered(2, ({ hash }) => ({ hash: hash.subarray(1) }))],
    ['another commitment', 1, altered(1, event => ({ commitment: flipped(event.commitment) }))],
    ['another body', 1, altered(1, () => ({ content: contentOf('{"at":"2026"}') }))],
    ['another time in the column', 3, altered(3, ({ atMs }) => ({ atMs: atMs + 1 }))],
    ['another kind in the column', 3, altered(3, () => ({ kind: 'channel-opened' }))],
    ['a verdict hidden from the column', 1, altered(1, () => ({ verdict: null }))],
    ['another rule in the column', 1, altered(1, () => ({ rule: 'look' }))],
  ]
  for (const [what, seq, chain] of faults) {
    it(`names event ${seq} for ${what}`, () => {
      const verified = Array.isArray(chain)
        ? verifyChain(header, chain)
        : verifyChain(chain.header, chainOf(story))
      assert.equal(verified.ok, false)
      assert.equal(verified.fault?.seq, seq, verified.fault?.fault)
    })
  }

  it('notices any one changed byte of any body, salt, commitment or hash', () => {
    const part = fc.constantFrom('body', 'salt', 'commitment', 'hash', 'previous')
    fc.assert(
      fc.property(fc.nat(3), part, fc.nat(1000), (seq, name, place) => {
        const chain = altered(seq, event => {
          const { salt, body } = event.content ?? contentOf('')
          if (name === 'body')
            return { content: { salt, body: flipped(body, place % body.length) } }
          if (name === 'salt') return { content: { salt: flipped(salt, place % 16), body } }
          return { [name]: flipped(event[name as 'hash'], place % 32) }
        })
        assert.equal(verifyChain(header, chain).ok, false)
      }),
    )
  })
})

function contentOf(text: string): { salt: Uint8Array; body: Uint8Array } {
  return { salt: new Uint8Array(16), body: Buffer.from(text) }
}
