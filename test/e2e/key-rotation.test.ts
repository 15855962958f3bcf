import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Bastion, collect, type Outcome } from '../support/bastion.ts'
import { type Conversation, converse } from '../support/conversation.ts'
import { grant, TEST_POLICY } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

/** Lines for known_hosts, authorized_keys and the like, by what they are put into. */
const publicKey = (text: string): string => /^[a-z0-9-]+ AAAA\S+/m.exec(text)?.[0] ?? ''

describe('rotating keys of a bastion that runs', function () {
  this.timeout(180_000)
  let bastion: Bastion
  let sshd: Sshd
  let agent: string
  /** Runs through everything that follows, over one connection that keeps re-keying. */
  let talk: Conversation
  /** What the target believes: changed as an administrator would. */
  let authorizedKeys: string
  let trustedCas: string

  const file = (name: string): string => join(bastion.folder, name)
  const ownPublicKey = (name: string): string =>
    publicKey(readFileSync(file(`keys/${name}.pub`), 'utf8'))

  before(async () => {
    bastion = new Bastion()
    await bastion.up()
    ;[authorizedKeys, trustedCas] = [file('authorized keys'), file('trusted cas')]
    writeFileSync(authorizedKeys, `${ownPublicKey('upstream')}\n`)
    writeFileSync(trustedCas, `${ownPublicKey('target_ca')}\n`)
    sshd = await startSshd({
      lines: [`AuthorizedKeysFile "${authorizedKeys}"`, `TrustedUserCAKeys "${trustedCas}"`],
    })
    bastion.write('var/policies/test.yaml', TEST_POLICY)
    for (const [name, how] of [
      ['box', []],
      ['certified', ['--target-ca']],
    ] as const) {
      const words = `target add ${name} --host ${sshd.host} --port ${sshd.port} --login ${sshd.login}`
      await bastion.must(...words.split(' '), '--host-key', sshd.hostKey, ...how)
      await grant(bastion, sshd, 'web-fixer', 'T-1', '1h', 'test', name)
    }
    agent = await bastion.agent('web-fixer', 'T-1')
    const rekeying = ['-o', 'RekeyLimit=1K']
    talk = await converse(bastion, agent, `${sshd.login}+box`, rekeying)
  })
  after(async () => {
    await bastion?.stop()
    await sshd?.stop()
  })
  afterEach('the session that began before all this goes on, through every re-keying', () =>
    talk.echo(`still here ${Date.now()} ${'x'.repeat(3000)}`),
  )

  const onTarget = (target: string): Promise<Outcome> =>
    bastion.exec(agent, `${sshd.login}+${target}`, 'echo in')

  /** A running bastion looks at its keys each second; until it has, the old one counts. */
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await sleep(100)
  }

  for (const [name, target, trusted] of [
    ['upstream', 'box', () => authorizedKeys],
    ['target_ca', 'certified', () => trustedCas],
  ] as const) {
    it(`${name}: trusted beside the old one first, then alone`, async () => {
      const old = readFileSync(trusted(), 'utf8')
      assert.equal((await onTarget(target)).stdout, 'in\n')

      const prepared = await bastion.run('key', 'rotate', name)
      assert.match(
        prepared.stderr,
        /This key waits.*\nPut the line above into .* beside the old one/,
      )
      const next = prepared.stdout.trim()
      writeFileSync(trusted(), `${old}${next}\n`)
      assert.equal((await onTarget(target)).stdout, 'in\n', 'the old one is still used')

      const activated = await bastion.run('key', 'rotate', name, '--activate')
      assert.match(activated.stderr, /within a second\.\nSessions that run go on/)
      assert.equal((await onTarget(target)).stdout, 'in\n', 'whichever is used now')
      writeFileSync(trusted(), `${next}\n`)
      await until(async () => (await onTarget(target)).stdout === 'in\n')
      writeFileSync(trusted(), old)
      assert.notEqual((await onTarget(target)).status, 0, 'and never the old one again')
      writeFileSync(trusted(), `${next}\n`)
    })
  }

  it('target_ca: of another type, for targets that want one', async () => {
    const prepared = await bastion.must('key', 'rotate', 'target_ca', '--type', 'ecdsa-384')
    assert.match(prepared, /^ecdsa-sha2-nistp384 /)
    writeFileSync(trustedCas, `${publicKey(prepared)}\n`)
    await bastion.must('key', 'rotate', 'target_ca', '--activate')
    await until(async () => (await onTarget('certified')).stdout === 'in\n')
  })

  /** A new client that knows the bastion by nothing but these lines, and asks nobody. */
  function connect(...knownHosts: string[]): Promise<Outcome> {
    const known = file('known by a client')
    writeFileSync(known, knownHosts.map(line => `${line}\n`).join(''))
    const options = ['-o', `UserKnownHostsFile="${known}"`]
    const { host, port } = bastion.ready.ssh
    const to = ['-F', '/dev/null', '-p', String(port), '-i', agent, '-o', 'BatchMode=yes']
    const alone = [
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'IdentityAgent=none',
      '-o',
      'UpdateHostKeys=no',
    ]
    const strict = ['-o', 'StrictHostKeyChecking=yes', '-o', 'GlobalKnownHostsFile=/dev/null']
    const user = `${sshd.login}+box@${host}`
    return collect(spawn('ssh', [...to, ...options, ...alone, ...strict, user, 'echo in']))
  }
  const plainLine = (key: string): string => `[127.0.0.1]:${bastion.ready.ssh.port} ${key}`
  const offered = async () => {
    const answer = await fetch(`${bastion.ready.http.url}/api/ssh`)
    return (await answer.json()) as { hostKeys: string[]; hostCas: string[] }
  }

  it('host_ed25519: nobody who trusts the host CA is asked; the others know the new one already', async () => {
    const [ca = ''] = (await offered()).hostCas
    const byCa = `@cert-authority * ${ca}`
    const old = plainLine(ownPublicKey('host_ed25519'))
    const prepared = await bastion.run('key', 'rotate', 'host_ed25519')
    const next = plainLine(publicKey(prepared.stdout))
    assert.ok(prepared.stderr.includes(`[127.0.0.1]:${bastion.ready.ssh.port},[localhost]`))
    assert.equal((await connect(old)).stdout, 'in\n')

    await bastion.must('key', 'rotate', 'host_ed25519', '--activate')
    await until(async () => (await connect(next)).stdout === 'in\n')
    assert.equal((await connect(old, next)).stdout, 'in\n')
    assert.equal((await connect(byCa)).stdout, 'in\n')
    assert.match((await connect(old)).stderr, /REMOTE HOST IDENTIFICATION HAS CHANGED/)
    assert.ok((await offered()).hostKeys.some(key => next.includes(publicKey(key))))
  })

  it('host_ca: clients that know both lines, and new ones that know the next alone', async () => {
    const [old = '', ...none] = (await offered()).hostCas.map(ca => `@cert-authority * ${ca}`)
    assert.deepEqual(none, [])
    const prepared = await bastion.run('key', 'rotate', 'host_ca')
    const [, line = ''] = /^(@cert-authority \[127\.0\.0\.1\]:\d+,.*)$/m.exec(prepared.stderr) ?? []
    assert.ok(line.includes(publicKey(prepared.stdout)), prepared.stderr)
    await until(async () => (await offered()).hostCas.length === 2)
    assert.equal((await connect(old)).stdout, 'in\n')
    assert.equal((await connect(line)).status, 255)

    await bastion.must('key', 'rotate', 'host_ca', '--activate')
    await until(async () => (await connect(line)).stdout === 'in\n')
    assert.equal((await connect(old, line)).stdout, 'in\n')
    assert.equal((await connect(old)).status, 255)
    assert.equal((await offered()).hostCas.length, 1)
  })

  it('says in the log what to do where a host key has another type, and goes on with the old one', async () => {
    const before = await offered()
    await bastion.must('key', 'rotate', 'host_ecdsa', '--type', 'rsa')
    const activated = await bastion.run('key', 'rotate', 'host_ecdsa', '--activate')
    assert.match(activated.stderr, /restart the bastion/)
    await until(async () => bastion.output.includes('host keys are of other types than before'))
    assert.deepEqual(await offered(), before)
    const [ca = ''] = before.hostCas
    assert.equal((await connect(`@cert-authority * ${ca}`)).stdout, 'in\n')
  })

  it('writes each down', async () => {
    const events = await bastion.must('key', 'list', '--json')
    const states = (JSON.parse(events) as { name: string; state: string }[])
      .filter(({ state }) => state !== 'in-use')
      .map(({ name, state }) => `${name} ${state}`)
    assert.deepEqual(states, [
      'host_ed25519 retired',
      'host_ecdsa retired',
      'host_ca retired',
      'target_ca retired',
      'target_ca retired',
      'upstream retired',
    ])
  })
})
