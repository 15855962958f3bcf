import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../../server/core/access.ts'
import { parseBlobLine } from '../../server/core/ssh-wire/key-line.ts'
import { byte, string, uint32 } from '../../server/ssh/connection/wire.ts'
import type { ChannelRequest } from '../../server/session/visit.ts'
import {
  collect,
  type Keyring,
  makeKeyring,
  type Ran,
  sshArguments,
} from '../support/ssh-client.ts'
import { makeKey, publicKeyLine, type Sshd, startSshd } from '../support/sshd.ts'
import { type Bastion, relayTo, startBastion } from './bastion.ts'
import { rogueClient } from './rogue-client.ts'
import { spawn } from 'node:child_process'

describe('a jump (ssh -J)', () => {
  let keyring: Keyring
  let sshd: Sshd
  let bastion: Bastion
  let relay: ReturnType<typeof relayTo>
  let hostCa: string
  let knownHosts: string
  let isRevoked = false
  let asked: ChannelRequest[] = []

  before(async () => {
    keyring = makeKeyring()
    sshd = await startSshd()
    relay = relayTo(sshd.target(), sshd.key)
    hostCa = join(keyring.directory, 'host_ca')
    makeKey(hostCa, 'ed25519')
    knownHosts = join(keyring.directory, 'known_by_ca')
    writeFileSync(knownHosts, `@cert-authority * ${publicKeyLine(hostCa)}\n`)
    const target = sshd.target({ name: 'web' })
    const serve = (request: ChannelRequest): Promise<void> => {
      asked.push(request)
      return relay.serve(request)
    }
    bastion = await startBastion(
      keyring,
      serve,
      {},
      {
        jump: { find: async (host, port) => findTarget(target, host, port), certifyHost },
        hostCertificates: certifyHost(['127.0.0.1']),
        trustRevoked: () => isRevoked,
      },
    )
  })
  after(async () => {
    await bastion.close()
    relay.close()
    await sshd.stop()
    keyring.remove()
  })
  beforeEach(() => {
    asked = []
    isRevoked = false
    bastion.userNames.length = 0
    bastion.identities.length = 0
    bastion.refused.length = 0
    bastion.journal.length = 0
  })

  const findTarget = (target: Target, host: string, port: number): Target | null => {
    if (host === 'broken') throw new Error('the database is away')
    const isIt = host === target.name || (host === target.host && port === target.port)
    return isIt ? target : null
  }

  const certifyHost = (names: readonly string[]): readonly Uint8Array[] => {
    const folder = join(keyring.directory, `names-${names.join('-')}`)
    mkdirSync(folder, { recursive: true })
    const copy = join(folder, 'host.pub')
    writeFileSync(copy, readFileSync(`${keyring.hostKeyFile}.pub`))
    const options = ['-q', '-h', '-I', 'host', '-n', names.join(','), '-V', '-1m:+10m']
    execFileSync('ssh-keygen', [...options, '-s', hostCa, copy])
    const line = parseBlobLine(readFileSync(join(folder, 'host-cert.pub'), 'utf8'))
    if (!line.ok) throw new Error(line.fault)
    return [line.value.blob]
  }

  /** What `ssh -J` does, with each leg's own certificate. */
  const jump = (
    inner: string,
    command: readonly string[],
    {
      outer = inner,
      host = 'web',
      port = 22,
      input = '' as string | Buffer,
      options = [] as readonly string[],
    } = {},
  ): Promise<Ran> => {
    const settings = (keyFile: string): string[] =>
      sshArguments(bastion.destination(keyFile), keyring.directory)
        .map(word =>
          word.startsWith('UserKnownHostsFile') ? `UserKnownHostsFile="${knownHosts}"` : word,
        )
        .slice(4) // without -p
    const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
    const proxy = ['ssh', '-F', '/dev/null', '-p', String(bastion.front.address.port)]
      .concat(settings(outer).map(word => (word === 'box' ? 'whoever' : word)))
      .concat('-W', `[${host}]:${port}`, '127.0.0.1')
      .map(quote)
      .join(' ')
    const own = settings(inner).map(word => (word === 'box' ? sshd.login : word))
    const via = ['-F', '/dev/null', '-p', String(port), '-o', `ProxyCommand=${proxy}`]
    return collect(spawn('ssh', [...options, ...via, ...own, host, ...command]), input)
  }

  it('leads to the target of that name, whatever the port, under its host certificate', async () => {
    const ran = await jump(keyring.certify(), ['echo inside'], { port: 4711 })
    assert.equal(ran.stderr, '')
    assert.equal(ran.stdout.toString(), 'inside\n')
    assert.deepEqual(bastion.userNames, [`${sshd.login}+web`])
  })

  it('leads to the target of exactly that address and port', async () => {
    const ran = await jump(keyring.certify(), ['echo inside'], {
      host: '127.0.0.1',
      port: sshd.port,
    })
    assert.equal(ran.stdout.toString(), 'inside\n', ran.stderr)
  })

  it('carries much, exactly, both ways', async () => {
    const input = Buffer.alloc(5_000_000, 'some input')
    const ran = await jump(keyring.certify(), ['cat; exit 7'], { input })
    assert.equal(ran.status, 7, ran.stderr)
    assert.ok(ran.stdout.equals(input))
  })

  it('leads nowhere else', async () => {
    for (const [host, port] of [
      ['127.0.0.1', 22],
      ['192.0.2.7', 22],
      ['localhost', sshd.port],
      ['web.example.org', 22],
    ] as const) {
      const ran = await jump(keyring.certify(), ['x'], { host, port })
      assert.equal(ran.status, 255)
      const sentence = `${host}:${port} is no registered target (see: ssh sallyport@bastion grants)`
      assert.ok(ran.stderr.includes(sentence), ran.stderr)
    }
    assert.equal(bastion.refused.length, 4)
    assert.deepEqual(bastion.refused[1], { request: 'direct-tcpip', detail: '192.0.2.7:22' })
  })

  it('does not lead further: inside, nothing but commands is offered', async () => {
    const ran = await jump(keyring.certify(), [], { options: ['-W', 'web:22'] })
    assert.match(ran.stderr, /sallyport: denied: direct-tcpip/)
  })

  it('opens no visit on the way', async () => {
    await jump(keyring.certify(), ['true'])
    assert.equal(bastion.userNames.length, 1)
  })

  it('lets nobody in without a certificate inside', async () => {
    const ran = await jump(keyring.plainKey(), ['x'], { outer: keyring.certify() })
    assert.match(ran.stderr, /only-certificates@sallyport/)
    assert.deepEqual(bastion.userNames, [])
    await until(() => bastion.journal.length > 0)
    assert.equal(bastion.journal[0]?.kind, 'login-refused')
  })

  it('is for one agent: both certificates must name the same', async () => {
    const bob = keyring.certify({ principals: 'bob' })
    const ran = await jump(bob, ['x'], { outer: keyring.certify() })
    assert.match(ran.stderr, /you came in as alice; use a certificate of the same agent/)
    assert.deepEqual(bastion.userNames, [])
    await until(() => bastion.journal.length > 0)
    assert.match(JSON.stringify(bastion.journal), /jump-other-agent/)
  })

  it('keeps what the outer certificate forbids', async () => {
    const options = ['clear', 'force-command=id']
    const outer = keyring.certify({ options, validity: '-1m:+2m' })
    await jump(keyring.certify(), ['true'], { outer })
    const [identity] = bastion.identities
    assert.equal(identity?.forceCommand, 'id')
    assert.equal(identity?.permitPty, false)
    const inTwoMinutes = BigInt(Math.floor(Date.now() / 1000) + 121)
    assert.ok((identity?.validBefore ?? inTwoMinutes) <= inTwoMinutes)
  })

  it('takes the client’s own address inside', async () => {
    const inner = keyring.certify({ options: ['source-address=192.0.2.0/24'] })
    const ran = await jump(inner, ['x'], { outer: keyring.certify() })
    assert.match(ran.stderr, /not good from 127\.0\.0\.1/)
  })

  it('ends when the certificate that led in is revoked', async () => {
    const running = jump(keyring.certify(), ['echo started; sleep 60'])
    await until(() => asked.length === 1)
    isRevoked = true
    const { stderr, status } = await running
    assert.equal(status, 255)
    assert.match(stderr, /the certificate that you came in with is not good any more/)
  })

  it('says so when the register of targets is away', async () => {
    const ran = await jump(keyring.certify(), ['x'], { host: 'broken' })
    assert.match(ran.stderr, /try again in a moment/)
  })

  it('counts as a login does: a loop of key exchanges inside comes to an end', async () => {
    const few = await startBastion(
      keyring,
      relay.serve,
      { loginsPerMinutePerAgent: 4, refusalsPerConnection: 10 },
      { jump: { find: async () => sshd.target({ name: 'web' }), certifyHost } },
    )
    const client = await rogueClient(few.destination(keyring.certify()))
    const answers: string[] = []
    for (let round = 0; round < 6; round += 1) {
      const channel = await openTo(client, 'web', 22)
      answers.push(typeof channel === 'string' ? channel : 'open')
      if (typeof channel !== 'string') channel.close()
    }
    assert.deepEqual(answers.slice(0, 3), ['open', 'open', 'open'])
    assert.match(answers[3] ?? '', /more than 4 times a minute/)
    assert.deepEqual(few.refused, [{ request: 'direct-tcpip', detail: 'web:22' }])
    assert.match(answers[5] ?? '', /more than 4 times a minute; run many commands over one conn/)
    for (let round = 0; round < 8; round += 1) void openTo(client, 'web', 22)
    await client.closed
    await few.close()
  })

  it('ends with the connection around it', async () => {
    const client = await rogueClient(bastion.destination(keyring.certify()))
    const channel = await openTo(client, 'web', 22)
    assert.ok(typeof channel !== 'string')
    channel.output.write('SSH-2.0-Fuzz\r\n')
    client.socket.destroy()
    await until(() => bastion.front.connections().total === 0)
  })

  it('survives whatever is spoken inside', async () => {
    const client = await rogueClient(bastion.destination(keyring.certify()))
    for (const said of ['', 'GET / HTTP/1.1\r\n\r\n', 'SSH-2.0-Fuzz\r\n', '\n'.repeat(70_000)]) {
      const channel = await openTo(client, 'web', 22)
      assert.ok(typeof channel !== 'string')
      channel.output.write(Buffer.concat([Buffer.from(said), uint32(0xffff_ffff), byte(7)]))
      channel.output.end()
      channel.input.resume()
      await channel.gone
    }
    client.end()
    assert.equal((await jump(keyring.certify(), ['echo ok'])).stdout.toString(), 'ok\n')
  })

  const openTo = (client: Awaited<ReturnType<typeof rogueClient>>, host: string, port: number) =>
    client.multiplexer.open(
      'direct-tcpip',
      string(host),
      uint32(port),
      string('127.0.0.1'),
      uint32(1),
    )
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 10))
}
