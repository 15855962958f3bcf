import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { defaultLimits } from '../../server/config/limits.ts'
import { createTargetward } from '../../server/ssh/upstream.ts'
import { noCertificate, testErrand } from '../support/errand.ts'
import { type KeySize, makeSizedKey, publicKeyLine, startSshd } from '../support/sshd.ts'

const SIZES: readonly KeySize[] = ['ed25519', 'ecdsa 256', 'ecdsa 384', 'ecdsa 521', 'rsa 3072']

/** More than an OpenSSH server sends before it wants new keys, when told so. */
const MUCH = 'head -c 300000 /dev/zero | tr "\\0" x'

describe('a target known by its host certificate', () => {
  let folder: string
  const file = (name: string): string => join(folder, name.replaceAll(' ', ''))
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-host-ca-'))
    for (const size of SIZES) {
      makeSizedKey(file(`host ${size}`), size)
      makeSizedKey(file(`ca ${size}`), size)
    }
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** Dials an sshd that has one host key and its certificate, and runs `command` there. */
  async function reach(
    host: KeySize,
    ca: KeySize,
    { lines = [], signing = [] }: { lines?: string[]; signing?: string[] } = {},
  ): Promise<{ stdout: string; fingerprint: string } | { fault: string }> {
    const key = file(`host ${host}`)
    const how = ['-q', '-h', '-I', 'host', '-n', '127.0.0.1', '-V', '-1m:+5m', ...signing]
    execFileSync('ssh-keygen', [...how, '-s', file(`ca ${ca}`), `${key}.pub`])
    const sshd = await startSshd({
      hostKeys: [],
      lines: [
        `HostKey "${key}"`,
        `HostCertificate "${key}-cert.pub"`,
        'RekeyLimit 64K',
        // Nothing of this may be what the host falls back to.
        `HostKeyAlgorithms *-cert-v01@openssh.com`,
        ...lines,
      ].toReversed(),
    })
    try {
      const publicKey = publicKeyLine(file(`ca ${ca}`))
      const dialled = await createTargetward({
        limits: defaultLimits,
        upstreamKey: sshd.key,
        certify: noCertificate,
        clock: { nowMs: () => Date.now() },
        log: () => undefined,
      }).dial(sshd.target({ trust: { by: 'host-ca', publicKey } }), sshd.login, testErrand)
      if (!dialled.ok) return { fault: dialled.fault.fault }
      const options = { terminal: null, environment: {} }
      const channel = await dialled.value.exec(Buffer.from(MUCH), options)
      const stdout = await text(channel.stdout)
      dialled.value.close()
      return { stdout, fingerprint: dialled.value.hostKeyFingerprint }
    } finally {
      await sshd.stop()
    }
  }

  const reached = async (...asked: Parameters<typeof reach>): Promise<void> => {
    const found = await reach(...asked)
    assert.ok('stdout' in found, 'fault' in found ? found.fault : '')
    assert.equal(found.stdout.length, 300_000, 'also while it re-keys')
    const shown = execFileSync('ssh-keygen', ['-lf', `${file(`host ${asked[0]}`)}.pub`])
    assert.equal(found.fingerprint, shown.toString().split(' ')[1])
  }

  for (const [index, host] of SIZES.entries()) {
    const ca = SIZES[(index + 2) % SIZES.length] ?? 'ed25519'
    it(`is believed: ${host} key, ${ca} CA`, () => reached(host, ca))
  }

  for (const algorithm of ['rsa-sha2-512', 'rsa-sha2-256']) {
    it(`is believed where it signs with ${algorithm} alone, and so does its CA`, () =>
      reached('rsa 3072', 'rsa 3072', {
        lines: [`HostKeyAlgorithms ${algorithm}-cert-v01@openssh.com`],
        signing: ['-t', algorithm],
      }))
  }

  it('is refused where it can sign with SHA-1 only', async () => {
    const found = await reach('rsa 3072', 'ed25519', {
      lines: ['HostKeyAlgorithms ssh-rsa-cert-v01@openssh.com'],
    })
    assert.match(
      'fault' in found ? found.fault : '',
      /nothing under HostKeyAlgorithms that is safe/,
    )
  })

  it('is refused where its CA signed with SHA-1', async () => {
    const found = await reach('ed25519', 'rsa 3072', { signing: ['-t', 'ssh-rsa'] })
    assert.match('fault' in found ? found.fault : '', /SHA-1/)
  })
})
