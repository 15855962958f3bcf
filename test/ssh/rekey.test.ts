import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Bastion, relayTo, startBastion } from './bastion.ts'
import { rogueClient } from './rogue-client.ts'

/** Often enough to happen many times in one transfer. */
const EAGER = { afterMs: 10, afterBytes: 1024 * 1024, lookMs: 5 }

describe('fresh keys', () => {
  let keyring: Keyring
  let keyFile: string
  let sshd: Sshd
  let bastion: Bastion
  let relay: ReturnType<typeof relayTo>

  before(async () => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
    sshd = await startSshd()
    relay = relayTo(sshd.target(), sshd.key, { rekey: EAGER })
    bastion = await startBastion(keyring, relay.serve, {}, { rekey: EAGER })
  })
  after(async () => {
    await bastion.close()
    relay.close()
    await sshd.stop()
    keyring.remove()
  })

  it('come by time, on a connection that does nothing', async () => {
    const client = await rogueClient(bastion.destination(keyFile))
    for (let exchanges = 0; exchanges < 3; exchanges += 1) {
      await new Promise(resolve => client.peer.once('handshake', resolve))
    }
    client.end()
  })

  it('come on both legs while data flows both ways, and nothing is lost', async () => {
    const input = Buffer.alloc(8 * 1024 * 1024, 'some input')
    const ran = await runSsh(bastion.destination(keyFile), keyring.directory, {
      options: ['-v'],
      command: ['cat; echo done >&2'],
      input,
    })
    assert.equal(ran.status, 0, ran.stderr)
    assert.equal(digest(ran.stdout), digest(input))
    const exchanges = ran.stderr.match(/SSH2_MSG_NEWKEYS received/g)?.length ?? 0
    assert.ok(exchanges > 3, `${exchanges} key exchanges`)
  })
})

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
