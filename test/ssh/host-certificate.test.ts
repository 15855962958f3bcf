import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseBlobLine } from '../../server/core/ssh-wire/key-line.ts'
import { collect, type Keyring, makeKeyring, type Ran, runSsh } from '../support/ssh-client.ts'
import { type KeySize, makeKey, makeSizedKey, publicKeyLine } from '../support/sshd.ts'
import { type Bastion, startBastion } from './bastion.ts'
import { spawn } from 'node:child_process'

describe('the host certificate', () => {
  let keyring: Keyring
  let keyFile: string
  let bastion: Bastion
  let caFile: string

  const certify = (names: string): Uint8Array => {
    const copy = join(keyring.directory, 'host.pub')
    copyFileSync(`${keyring.hostKeyFile}.pub`, copy)
    const options = ['-q', '-h', '-I', 'host', '-n', names, '-V', '-1m:+10m']
    execFileSync('ssh-keygen', [...options, '-s', caFile, copy])
    const line = parseBlobLine(readFileSync(join(keyring.directory, 'host-cert.pub'), 'utf8'))
    if (!line.ok) throw new Error(line.fault)
    return line.value.blob
  }

  before(async () => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
    caFile = join(keyring.directory, 'host_ca')
    makeKey(caFile, 'ecdsa')
    const greet = async ({ client }: Parameters<Parameters<typeof startBastion>[1]>[0]) => {
      client.stdout.write('in')
      await client.finish({ status: 0 })
    }
    bastion = await startBastion(
      keyring,
      greet,
      {},
      {
        hostCertificates: [certify('127.0.0.1,elsewhere')],
      },
    )
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })

  const login = (knownHosts: string, options: readonly string[] = []): Promise<Ran> => {
    const file = join(keyring.directory, 'known')
    writeFileSync(file, knownHosts)
    const settings = [
      'IdentitiesOnly=yes',
      'IdentityAgent=none',
      'BatchMode=yes',
      `UserKnownHostsFile="${file}"`,
      'GlobalKnownHostsFile=/dev/null',
      'StrictHostKeyChecking=yes',
    ].flatMap(setting => ['-o', setting])
    const { host, port } = bastion.front.address
    const to = ['-F', '/dev/null', '-p', String(port), '-l', 'box', '-i', keyFile]
    return collect(spawn('ssh', [...options, ...to, ...settings, host, 'x']))
  }

  it('is enough for a client that trusts the host CA', async () => {
    const ran = await login(`@cert-authority * ${publicKeyLine(caFile)}\n`)
    assert.equal(ran.stdout.toString(), 'in', ran.stderr)
  })

  it('holds while re-keying', async () => {
    const ran = await login(`@cert-authority * ${publicKeyLine(caFile)}\n`, ['-o', 'RekeyLimit=1K'])
    assert.equal(ran.stdout.toString(), 'in', ran.stderr)
  })

  it('stands in nobody’s way who knows the plain key', async () => {
    const { port } = bastion.front.address
    const ran = await login(`[127.0.0.1]:${port} ${keyring.hostKey}\n`)
    assert.equal(ran.stdout.toString(), 'in', ran.stderr)
  })

  it('convinces nobody who trusts another CA', async () => {
    const other = join(keyring.directory, 'other_ca')
    makeKey(other, 'ed25519')
    const ran = await login(`@cert-authority * ${publicKeyLine(other)}\n`)
    assert.equal(ran.status, 255)
  })

  it('can be renewed', async () => {
    const trusting = `@cert-authority * ${publicKeyLine(caFile)}\n`
    const hostKeys = [readFileSync(keyring.hostKeyFile)]
    assert.ok(
      bastion.front.replaceHostKeys({
        hostKeys,
        nextHostKeys: [],
        hostCertificates: [certify('elsewhere')],
      }),
    )
    assert.match((await login(trusting)).stderr, /not listed|name is not/i)
    assert.ok(
      bastion.front.replaceHostKeys({
        hostKeys,
        nextHostKeys: [],
        hostCertificates: [certify('127.0.0.1')],
      }),
    )
    assert.equal((await login(trusting)).stdout.toString(), 'in')
  })

  it('must be of a key that the bastion has', async () => {
    const other = join(keyring.directory, 'other_host')
    makeKey(other, 'ed25519')
    const options = ['-q', '-h', '-I', 'host', '-n', 'x', '-s', caFile, `${other}.pub`]
    execFileSync('ssh-keygen', options)
    const line = parseBlobLine(readFileSync(`${other}-cert.pub`, 'utf8'))
    assert.ok(line.ok)
    const hostKeys = [readFileSync(keyring.hostKeyFile)]
    assert.throws(
      () =>
        bastion.front.replaceHostKeys({
          hostKeys,
          nextHostKeys: [],
          hostCertificates: [line.value.blob],
        }),
      /no host key of ours/,
    )
    const nobody = (): Promise<void> => Promise.resolve()
    await assert.rejects(
      startBastion(keyring, nobody, {}, { hostCertificates: [line.value.blob] }),
      /no host key of ours/,
    )
  })
})

const SIZES: readonly KeySize[] = ['ed25519', 'ecdsa 256', 'ecdsa 384', 'ecdsa 521', 'rsa 3072']

describe('a bastion with host keys of every type', () => {
  let keyring: Keyring
  let keyFile: string
  let bastion: Bastion
  /** By the algorithm as `ssh -o HostKeyAlgorithms` names it. */
  const cas = new Map<string, string>()
  const file = (name: string): string => join(keyring.directory, name.replaceAll(' ', ''))

  before(async () => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
    const certificates = SIZES.map((size, index) => {
      const ca = SIZES[(index + 2) % SIZES.length] ?? 'ed25519'
      makeSizedKey(file(`host ${size}`), size)
      makeSizedKey(file(`ca of ${size}`), ca)
      const how = ['-q', '-h', '-I', 'host', '-n', '127.0.0.1', '-V', '-1m:+10m']
      execFileSync('ssh-keygen', [
        ...how,
        '-s',
        file(`ca of ${size}`),
        `${file(`host ${size}`)}.pub`,
      ])
      const line = parseBlobLine(readFileSync(`${file(`host ${size}`)}-cert.pub`, 'utf8'))
      if (!line.ok) throw new Error(line.fault)
      for (const algorithm of algorithmsOf(size)) cas.set(algorithm, file(`ca of ${size}`))
      return line.value.blob
    })
    bastion = await startBastion(
      keyring,
      async ({ client }) => {
        client.stdout.write('in')
        await client.finish({ status: 0 })
      },
      {},
      {
        hostKeys: SIZES.map(size => readFileSync(file(`host ${size}`))),
        hostCertificates: certificates,
      },
    )
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })

  const login = (algorithm: string, knownHosts: string, command: string[]): Promise<Ran> => {
    writeFileSync(file('known'), knownHosts)
    const to = { ...bastion.destination(keyFile), hostKey: '' }
    const options = [`HostKeyAlgorithms=${algorithm}`, `UserKnownHostsFile="${file('known')}"`]
    return runSsh(to, keyring.directory, {
      options: [...options.flatMap(option => ['-o', option]), ...command],
      command: ['x'],
    })
  }

  for (const algorithm of SIZES.flatMap(algorithmsOf)) {
    it(`proves itself by ${algorithm}`, async () => {
      const plain = algorithm.replace('-cert-v01@openssh.com', '')
      const type = plain.startsWith('rsa') ? 'ssh-rsa' : plain
      const trusting = `@cert-authority * ${publicKeyLine(cas.get(algorithm) ?? '')}\n`
      const certified = await login(algorithm, trusting, ['-o', 'RekeyLimit=1K'])
      assert.equal(certified.stdout.toString(), 'in', certified.stderr)

      const size = SIZES.find(size => algorithmsOf(size).includes(algorithm)) ?? 'ed25519'
      const hostKey = publicKeyLine(file(`host ${size}`))
      assert.ok(hostKey.startsWith(`${type} `))
      const known = `[127.0.0.1]:${bastion.front.address.port} ${hostKey}\n`
      const byKey = await login(plain, known, [])
      assert.equal(byKey.stdout.toString(), 'in', byKey.stderr)
    })
  }

  for (const algorithm of ['ssh-rsa', 'ssh-rsa-cert-v01@openssh.com']) {
    it(`never signs with SHA-1 (${algorithm})`, async () => {
      const ran = await login(algorithm, '', [])
      assert.match(ran.stderr, /no matching host key type found/)
      assert.doesNotMatch(ran.stderr, /Their offer:.*ssh-rsa/)
    })
  }
})

function algorithmsOf(size: KeySize): string[] {
  const [type = '', bits = ''] = size.split(' ')
  const names = { ed25519: ['ssh-ed25519'], rsa: ['rsa-sha2-512', 'rsa-sha2-256'] }[type]
  return (names ?? [`ecdsa-sha2-nistp${bits}`]).map(name => `${name}-cert-v01@openssh.com`)
}
