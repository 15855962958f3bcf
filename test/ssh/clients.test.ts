import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import handlers from 'ssh2/lib/protocol/handlers.js'
import { parseBlobLine } from '../../server/core/ssh-wire/key-line.ts'
import type { ChannelRequest } from '../../server/session/visit.ts'
import { allClients } from '../support/clients/all-clients.ts'
import { type ClientKeys, makeClientKeys } from '../support/clients/client-keys.ts'
import { writeKnownHosts } from '../support/clients/known-hosts.ts'
import { KEY_NAMES, type Task } from '../support/clients/real-client.ts'
import { collect, type Keyring, makeKeyring } from '../support/ssh-client.ts'
import { makeKey, publicKeyLine } from '../support/sshd.ts'
import { type Bastion, startBastion } from './bastion.ts'

const KEXINIT = 20
/** The bastion asks for fresh keys all the time, the clients as often as they let themselves be told to. */
const EAGER = { afterMs: 20, afterBytes: 512 * 1024, lookMs: 10 }

const INPUT = Buffer.alloc(1_000_000, 'x')
/** Of input, taken between two exchanges. */
const SIP_BYTES = 300_000
const GULP = Buffer.alloc(500_000)
const GULPS = 4
const OUTPUT = digest(Buffer.concat([Buffer.from('1000000\n'), ...Array<Buffer>(GULPS).fill(GULP)]))

describe('fresh keys in the middle of a transfer', function () {
  this.timeout(60_000)
  let keyring: Keyring
  let keys: ClientKeys
  let bastion: Bastion
  let place: Pick<Task, 'host' | 'port' | 'user' | 'folder' | 'hosts'>
  let exchange = handlers[KEXINIT]
  let onExchange = (): void => undefined

  const nextExchange = (): Promise<void> =>
    new Promise(resolve => {
      onExchange = resolve
    })

  /** Takes and gives slowly enough for keys to change at every step, in both directions. */
  const serve = async ({ client }: ChannelRequest): Promise<void> => {
    let taken = 0
    let since = 0
    for await (const chunk of client.stdin as AsyncIterable<Buffer>) {
      taken += chunk.length
      since += chunk.length
      if (since < SIP_BYTES) continue
      since = 0
      await nextExchange()
    }
    client.stdout.write(`${taken}\n`)
    for (let gulp = 0; gulp < GULPS; gulp += 1) {
      await nextExchange()
      await new Promise(resolve => client.stdout.write(GULP, resolve))
    }
    client.stderr.write('err\n')
    await client.finish({ status: 7 })
  }

  before(async () => {
    keyring = makeKeyring()
    const folder = keyring.directory
    const hostCertificates = [certifyHost(keyring)]
    bastion = await startBastion(keyring, serve, {}, { rekey: EAGER, hostCertificates })
    // As the repairs left it, which were put in place at the latest by now.
    exchange = handlers[KEXINIT]
    handlers[KEXINIT] = (protocol, payload) => {
      if (protocol._server) onExchange()
      return exchange?.(protocol, payload)
    }
    keys = await makeClientKeys(folder, join(folder, 'user_ca'), { agent: 'alice', task: 'T-1' })
    const { host, port } = bastion.front.address
    const ca = publicKeyLine(join(folder, 'host_ca'))
    const hosts = writeKnownHosts(folder, [`[${host}]:${port}`], [keyring.hostKey], ca)
    place = { host, port, user: 'box', folder, hosts }
  })
  after(async () => {
    handlers[KEXINIT] = exchange
    await keys.close()
    await bastion.close()
    keyring.remove()
  })

  for (const { client, from } of allClients()) {
    it(`suit ${client.name} of ${from}, where it is here and can log in`, async () => {
      const found = client.find()
      if (found.is === 'missing') return
      const cannot = client.cannot(found.version)
      const name = KEY_NAMES.find(key => cannot[key] === undefined)
      if (name === undefined) return
      const task = { ...place, key: keys.of(name), command: 'copy', terminal: false, jump: null }
      const ran = await collect(client.start(task), INPUT)
      assert.equal(ran.status, 7, ran.stderr)
      assert.equal(digest(ran.stdout), OUTPUT)
      assert.match(ran.stderr, /^err$/m)
    })
  }
})

/** By a host CA in the keyring's folder, for the clients that can know the bastion by it alone. */
function certifyHost({ directory, hostKeyFile }: Keyring): Uint8Array {
  const ca = join(directory, 'host_ca')
  makeKey(ca, 'ed25519')
  const terms = ['-q', '-h', '-I', 'host', '-n', '127.0.0.1', '-V', '-1m:+10m']
  execFileSync('ssh-keygen', [...terms, '-s', ca, `${hostKeyFile}.pub`])
  const line = parseBlobLine(readFileSync(`${hostKeyFile}-cert.pub`, 'utf8'))
  if (!line.ok) throw new Error(line.fault)
  return line.value.blob
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
