import assert from 'node:assert/strict'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import ssh2 from 'ssh2'
import { type CertificateTerms, type Keyring, makeKeyring, runSsh } from '../support/ssh-client.ts'
import { makeKey } from '../support/sshd.ts'
import { type Bastion, startBastion } from './bastion.ts'

describe('logging in', () => {
  let keyring: Keyring
  let bastion: Bastion

  beforeEach(async () => {
    bastion = await startBastion(keyring, async ({ client }) => {
      client.stdout.write('in')
      await client.finish({ status: 0 })
    })
  })
  afterEach(() => bastion.close())
  before(() => {
    keyring = makeKeyring()
  })
  after(() => keyring.remove())

  const login = (keyFile: string, options: readonly string[] = [], userName?: string) =>
    runSsh(bastion.destination(keyFile, userName), keyring.directory, { options, command: ['x'] })

  /** What is in the journal once the connection is over. */
  const refusals = async () => {
    await bastion.front.close('over')
    return bastion.journal.flatMap(event => (event.kind === 'login-refused' ? [event] : []))
  }

  it('takes a certificate and learns from it who is there', async () => {
    const ran = await login(keyring.certify({ keyId: 'the key', serial: 42 }), [], 'deploy+web')
    assert.equal(ran.stdout.toString(), 'in')
    assert.equal(ran.stderr, '')
    const [identity] = bastion.identities
    assert.equal(identity?.agent, 'alice')
    assert.equal(identity?.keyId, 'the key')
    assert.equal(identity?.serial, 42n)
    assert.deepEqual(bastion.userNames, ['deploy+web'])
  })

  it('writes nothing down for offers that a success follows', async () => {
    // OpenSSH offers the plain key before its certificate.
    assert.equal((await login(keyring.certify())).status, 0)
    assert.deepEqual(await refusals(), [])
  })

  for (const terms of [
    { type: 'ed25519' },
    { type: 'ecdsa', bits: 256 },
    { type: 'ecdsa', bits: 384 },
    { type: 'ecdsa', bits: 521 },
    { type: 'rsa', bits: 3072 },
  ] satisfies CertificateTerms[]) {
    it(`takes a certificate for a key of type ${terms.type} ${'bits' in terms ? terms.bits : ''}`, async () => {
      const ran = await login(keyring.certify(terms))
      assert.equal(ran.stderr, '')
      assert.equal(ran.status, 0)
    })
  }

  it('takes an RSA certificate with either SHA-2 signature and not with SHA-1', async () => {
    const keyFile = keyring.certify({ type: 'rsa', bits: 3072 })
    for (const [algorithm, expected] of [
      ['rsa-sha2-256-cert-v01@openssh.com', 0],
      ['rsa-sha2-512-cert-v01@openssh.com', 0],
      ['ssh-rsa-cert-v01@openssh.com', 255],
    ] as const) {
      const ran = await login(keyFile, ['-o', `PubkeyAcceptedAlgorithms=${algorithm}`])
      assert.equal(ran.status, expected, `${algorithm}: ${ran.stderr}`)
    }
  })

  it('refuses a plain key, and the client is told what it takes', async () => {
    const ran = await login(keyring.plainKey())
    assert.equal(ran.status, 255)
    assert.match(ran.stderr, /Permission denied \(publickey,only-certificates@sallyport\)/)
    const [event, ...others] = await refusals()
    assert.equal(event?.because, 'not-a-certificate')
    assert.equal(event?.client.address, '127.0.0.1')
    assert.match(event?.client.version ?? '', /^SSH-2\.0-OpenSSH/)
    assert.match(event?.key ?? '', /^SHA256:/)
    assert.deepEqual(event?.userName, { text: 'box' })
    assert.deepEqual(others, [])
  })

  it('refuses an expired certificate, and banner, event and log say so', async () => {
    const ran = await login(keyring.certify({ validity: '-10m:-5m', keyId: 'old' }))
    assert.equal(ran.status, 255)
    assert.match(ran.stderr, /sallyport: your certificate has expired; request a new one/)
    const event = (await refusals()).find(({ because }) => because === 'expired')
    assert.equal(event?.keyId, 'old')
    assert.match(event?.detail ?? '', /valid before \d+, now \d+/)
    assert.ok(bastion.logged.some(line => /login refused: valid before \d+, now \d+/.test(line)))
  })

  it('refuses a certificate of a stranger CA without a word to the client', async () => {
    const ca = join(keyring.directory, 'stranger')
    makeKey(ca, 'ed25519')
    const ran = await login(keyring.certify({ ca }))
    assert.equal(ran.status, 255)
    assert.doesNotMatch(ran.stderr, /sallyport:/)
    assert.ok((await refusals()).some(({ because }) => because === 'ca-not-trusted'))
  })

  it('enforces source-address', async () => {
    const here = await login(keyring.certify({ options: ['source-address=127.0.0.0/8'] }))
    assert.equal(here.status, 0)
    const away = await login(keyring.certify({ options: ['source-address=192.0.2.0/24'] }))
    assert.equal(away.status, 255)
    assert.match(away.stderr, /not good from 127\.0\.0\.1/)
  })

  it('offers neither passwords nor questions', async () => {
    const options = ['-o', 'PreferredAuthentications=password,keyboard-interactive']
    const ran = await login(keyring.plainKey(), options)
    assert.equal(ran.status, 255)
    assert.match(ran.stderr, /Permission denied \(publickey/)
  })

  it('lets nobody in who only offers a certificate', async () => {
    // Everybody may know a certificate; the key behind this one is another.
    const stolen = keyring.certify()
    const other = keyring.plainKey()
    const certificate = ['-o', `CertificateFile=${stolen}-cert.pub`]
    const ran = await login(other, certificate)
    assert.equal(ran.status, 255)
    assert.deepEqual(bastion.identities, [])
  })

  it('takes the identity from the certificate that was proven, not from one offered before', async () => {
    const bob = keyring.certify({ principals: 'bob' })
    const alice = keyring.certify({ principals: 'alice' })
    const both = [bob, alice].flatMap(key => ['-o', `CertificateFile=${key}-cert.pub`])
    await login(alice, both)
    assert.deepEqual(
      bastion.identities.map(({ agent }) => agent),
      ['alice'],
    )
  })

  it('writes down a password that somebody tries all the same', async () => {
    const guesses = [{ type: 'password', username: 'box', password: 'secret' }]
    await assert.rejects(connect(bastion, { authHandler: (() => guesses.pop() ?? false) as never }))
    const events = await refusals()
    assert.deepEqual(
      events.map(({ because }) => because),
      ['method-not-offered'],
    )
    assert.doesNotMatch(JSON.stringify(events), /secret/)
  })

  it('ends a connection after too many attempts, with a sentence', async () => {
    const keys = Array.from({ length: 8 }, () => keyring.plainKey())
    const options = keys.flatMap(key => ['-i', key])
    const ran = await login(keyring.plainKey(), options)
    assert.equal(ran.status, 255)
    assert.match(ran.stderr, /sallyport: 6 attempts to log in failed/)
    assert.equal((await refusals()).length, 1)
  })

  it('shows a refusal of the same kind once, however many keys are tried', async () => {
    const old = keyring.certify({ validity: '-10m:-5m' })
    const older = keyring.certify({ validity: '-20m:-10m' })
    const ran = await login(old, ['-i', older])
    assert.equal(ran.stderr.match(/has expired/g)?.length, 1)
  })

  /** A client that does as it likes. */
  function connect(to: Bastion, config: ssh2.ConnectConfig): Promise<void> {
    return new Promise((resolve, reject) => {
      const client = new ssh2.Client()
      client.on('ready', () => {
        client.end()
        resolve()
      })
      client.on('error', reject)
      const { host, port } = to.front.address
      const hostVerifier = (): boolean => true
      client.connect({ host, port, username: 'box', hostVerifier, ...config })
    })
  }

  it('takes no user name that is a load', async () => {
    const ran = await login(keyring.certify(), [], 'x'.repeat(1000))
    assert.equal(ran.status, 255)
    const [event] = await refusals()
    assert.equal(event?.because, 'user-name-too-long')
    assert.deepEqual(event?.userName, { text: 'x'.repeat(255) })
  })

  it('keeps no more of a stranger’s key id than is of use', async () => {
    await login(keyring.certify({ validity: '-2m:-1m', keyId: 'k'.repeat(5000) }))
    assert.equal((await refusals()).find(({ keyId }) => keyId !== null)?.keyId?.length, 255)
  })

  it('writes a flood of refused logins down as a few events and a number', async () => {
    const key = keyring.plainKey()
    await Promise.all(
      Array.from({ length: 80 }, () =>
        connect(bastion, { privateKey: readFileSync(key) }).catch(() => undefined),
      ),
    )
    const single = (await refusals()).length
    const counted = bastion.journal.filter(({ kind }) => kind === 'connection-refused')
    assert.ok(single <= 50, `${single} events`)
    assert.match(JSON.stringify(counted), /\(\d+ times/)
  })

  it('is not fooled by a plain signature of the right key', async () => {
    const keyFile = keyring.certify()
    await assert.rejects(connect(bastion, { privateKey: readFileSync(keyFile) }))
    assert.deepEqual(bastion.identities, [])
  })
})
