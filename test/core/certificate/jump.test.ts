import assert from 'node:assert/strict'
import type { Identity } from '../../../server/core/access.ts'
import { explainJumpRefusal, identityWithinJump } from '../../../server/core/certificate/jump.ts'
import { parseKeyLine } from '../../../server/core/ssh-wire/key-line.ts'

const line = parseKeyLine(
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHIZuQRJbgX7fDHhWoi8tY9ccIbFzfJPFuIbFAdUyHkd',
)
if (!line.ok) throw new Error(line.fault)
const { key } = line.value

const identity = (change: Partial<Identity> = {}): Identity => ({
  agent: 'alice',
  task: null,
  onBehalfOf: null,
  keyId: 'inner',
  serial: 1n,
  key,
  ca: key,
  keyFingerprint: 'SHA256:key',
  caFingerprint: 'SHA256:ca',
  validBefore: 2000n,
  forceCommand: null,
  permitPty: true,
  ...change,
})

describe('identityWithinJump', () => {
  const within = (outer: Partial<Identity>, inner: Partial<Identity>) =>
    identityWithinJump(identity({ keyId: 'outer', ...outer }), identity(inner))

  const merged = (outer: Partial<Identity>, inner: Partial<Identity>): Identity => {
    const result = within(outer, inner)
    if (!result.ok) throw new Error(result.fault.because)
    return result.value
  }

  it('is who proved the inner certificate', () => {
    assert.equal(merged({}, {}).keyId, 'inner')
  })

  it('refuses another agent', () => {
    const refused = within({ agent: 'alice' }, { agent: 'bob' })
    assert.deepEqual(refused, {
      ok: false,
      fault: { because: 'jump-other-agent', outer: 'alice', inner: 'bob' },
    })
  })

  for (const [outer, inner, expected] of [
    [null, null, null],
    ['a', null, 'a'],
    [null, 'a', 'a'],
    ['a', 'a', 'a'],
    ['a', 'b', 'jump-other-task'],
  ] as const) {
    it(`makes of the tasks ${outer} and ${inner}: ${expected}`, () => {
      const result = within({ task: outer }, { task: inner })
      assert.equal(result.ok ? result.value.task : result.fault.because, expected)
    })
  }

  for (const [outer, inner, expected] of [
    [null, null, null],
    ['id', null, 'id'],
    [null, 'id', 'id'],
    ['id', 'id', 'id'],
    ['id', 'ls', 'jump-other-command'],
    ['', null, ''],
  ] as const) {
    it(`makes of the forced commands ${outer} and ${inner}: ${expected}`, () => {
      const result = within({ forceCommand: outer }, { forceCommand: inner })
      assert.equal(result.ok ? result.value.forceCommand : result.fault.because, expected)
    })
  }

  it('permits a terminal only where both do', () => {
    assert.equal(merged({ permitPty: false }, {}).permitPty, false)
    assert.equal(merged({}, { permitPty: false }).permitPty, false)
    assert.equal(merged({}, {}).permitPty, true)
  })

  it('is good until the first of the two ends', () => {
    assert.equal(merged({ validBefore: 5n }, { validBefore: 9n }).validBefore, 5n)
    assert.equal(merged({ validBefore: 9n }, { validBefore: 5n }).validBefore, 5n)
  })

  it('says who asked the agent to act, where either certificate does', () => {
    assert.equal(merged({ onBehalfOf: 'eve' }, {}).onBehalfOf, 'eve')
    assert.equal(merged({ onBehalfOf: 'eve' }, { onBehalfOf: 'dan' }).onBehalfOf, 'dan')
  })
})

describe('explainJumpRefusal', () => {
  it('has a sentence for each reader', () => {
    for (const refusal of [
      { because: 'jump-other-agent', outer: 'a', inner: 'b' },
      { because: 'jump-other-task', outer: 'a', inner: 'b' },
      { because: 'jump-other-command' },
    ] as const) {
      const { toAgent, toLog } = explainJumpRefusal(refusal)
      assert.match(toAgent, /certificate/)
      assert.notEqual(toAgent, toLog)
    }
  })
})
