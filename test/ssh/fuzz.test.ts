import assert from 'node:assert/strict'
import { diceOf, heapBytes } from '../support/fuzzed-parsers.ts'
import { type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { fireAt, fuzzedConnections } from './fuzzed-connection.ts'
import { type FrontUnderFire, startFrontUnderFire } from './fuzzed-front.ts'

/** `test/bench/fuzz.ts` does the same a million times. */
const PACKETS = 1000
const MOST_GROWTH = 16 * 1024 * 1024

describe('the front under damaged packets', () => {
  let keyring: Keyring
  let front: FrontUnderFire

  before(async () => {
    keyring = makeKeyring()
    front = await startFrontUnderFire(keyring)
  })
  after(async () => {
    await front.close()
    keyring.remove()
  })

  for (const name of [
    'packets in the clear',
    'packets under a cipher, before the login',
    'packets whose seal is broken',
    'packets of an agent that has logged in',
    'PROXY headers',
  ]) {
    it(`takes ${PACKETS} ${name}: nobody gets in, nothing is kept, the honest are served`, async () => {
      const attack = front.attacks.find(({ name: called }) => called === name)
      assert.ok(attack !== undefined)
      const warm = await attack.fire(diceOf(1))
      const before = heapBytes()
      for (let sent = warm, seed = 2; sent < PACKETS; seed += 1) {
        sent += await attack.fire(diceOf(seed))
      }
      const { bastion, balanced } = front
      for (const { front: door } of [bastion, balanced]) {
        while (door.connections().total > 0) await new Promise(setImmediate)
      }
      const ran = await runSsh(bastion.destination(keyring.certify()), keyring.directory, {
        command: ['x'],
        input: Buffer.from('in'),
      })
      assert.equal(ran.stdout.toString(), 'in')
      assert.ok(heapBytes() - before < MOST_GROWTH)
      const strangers = [...bastion.identities, ...balanced.identities].filter(
        ({ agent }) => agent !== 'alice',
      )
      assert.deepEqual(strangers, [])
    })
  }
})

describe('our connection protocol under damaged messages', () => {
  for (const connection of fuzzedConnections) {
    it(`takes ${PACKETS * 5} of ${connection.name}, and ends every connection`, async () => {
      await fireAt(connection, 100, 1)
      const before = heapBytes()
      const { messages } = await fireAt(connection, PACKETS * 5, 101)
      assert.equal(messages, PACKETS * 5)
      assert.ok(heapBytes() - before < MOST_GROWTH)
    })
  }
})
