import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import handlers from 'ssh2/lib/protocol/handlers.js'
import type { RekeyTerms } from '../../server/ssh/rekey.ts'
import { installRepairs } from '../../server/ssh/repairs/install.ts'
import { type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Bastion, relayTo, type Serve, startBastion } from './bastion.ts'
import { rogueClient } from './rogue-client.ts'

const KEXINIT = 20

/** Often enough to happen many times in one transfer; one of the two alone, or both would hide that one fails. */
const BY_TIME = { afterMs: 10, afterBytes: 1024 ** 4, lookMs: 5 }
const BY_VOLUME = { afterMs: 3600_000, afterBytes: 1024 * 1024, lookMs: 5 }

describe('fresh keys', () => {
  let keyring: Keyring
  let keyFile: string
  let sshd: Sshd
  const opened: (() => unknown)[] = []
  let exchange = handlers[KEXINIT]
  /** Begun on each leg after the first ones. */
  let exchanges = { client: 0, target: 0 }

  before(async () => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
    sshd = await startSshd()
    installRepairs()
    exchange = handlers[KEXINIT]
    handlers[KEXINIT] = (protocol, payload) => {
      exchanges[protocol._server ? 'client' : 'target'] += 1
      return exchange?.(protocol, payload)
    }
  })
  after(async () => {
    handlers[KEXINIT] = exchange
    await sshd.stop()
    keyring.remove()
  })
  afterEach(async () => {
    for (const close of opened.splice(0)) await close()
  })
  beforeEach(() => {
    exchanges = { client: 0, target: 0 }
  })

  const start = async (serve: Serve, rekey: RekeyTerms): Promise<Bastion> => {
    const bastion = await startBastion(keyring, serve, {}, { rekey })
    opened.unshift(() => bastion.close())
    return bastion
  }

  it('come by time, on a connection that does nothing', async () => {
    const bastion = await start(async () => {}, BY_TIME)
    const client = await rogueClient(bastion.destination(keyFile))
    for (let exchanges = 0; exchanges < 3; exchanges += 1) {
      await new Promise(resolve => client.peer.once('handshake', resolve))
    }
    client.end()
  })

  it('do not come where little time has passed and little was sent', async () => {
    const bastion = await start(async () => {}, BY_VOLUME)
    const client = await rogueClient(bastion.destination(keyFile))
    // Eight looks later the connection is as it was.
    await new Promise(resolve => setTimeout(resolve, 8 * BY_VOLUME.lookMs))
    assert.deepEqual(exchanges, { client: 0, target: 0 })
    client.end()
  })

  for (const [what, rekey] of [
    ['time', BY_TIME],
    ['volume', BY_VOLUME],
  ] as const) {
    it(`come by ${what} alone on both legs while data flows both ways, and nothing is lost`, async () => {
      const relay = relayTo(sshd.target(), sshd.key, { rekey })
      opened.push(() => relay.close())
      const bastion = await start(relay.serve, rekey)
      const input = Buffer.alloc(8 * 1024 * 1024, 'some input')
      const ran = await runSsh(bastion.destination(keyFile), keyring.directory, {
        command: ['cat; echo done >&2'],
        input,
      })
      assert.equal(ran.status, 0, ran.stderr)
      assert.equal(digest(ran.stdout), digest(input))
      assert.ok(exchanges.client > 3, `${exchanges.client} key exchanges with the client`)
      assert.ok(exchanges.target > 3, `${exchanges.target} key exchanges with the target`)
    })
  }
})

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
