import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkUserCertificate } from '../../server/core/certificate/check-user.ts'
import { verifyClientSignature } from '../../server/core/certificate/client-signature.ts'
import { formatRevocationList } from '../../server/core/certificate/format-krl.ts'
import { lookIn } from '../../server/core/certificate/krl.ts'
import { parseRevocationList } from '../../server/core/certificate/parse-krl.ts'
import { formatKeyLine } from '../../server/core/ssh-wire/key-line.ts'
import { ca, type CertificateCase, key, revoked, trustedCas } from '../support/certificate-case.ts'
import { keyTypes, proofs, shapes, trust } from '../support/certificate-cases-of-keys.ts'
import {
  addresses,
  options,
  principals,
  revocations,
  validity,
} from '../support/certificate-cases-of-terms.ts'
import { forgeCertificate } from '../support/forged-certificate.ts'
import { logInRaw, type RawLogin, type RawOffer } from '../support/raw-login.ts'
import { offeredAs } from '../support/software-keys.ts'
import { findFreePort, type Sshd, startSshd } from '../support/sshd.ts'

/**
 * Every case is offered to a real sshd, byte for byte, and the same bytes are judged by us. sshd
 * trusts the same CAs, names the agent in AuthorizedPrincipalsFile and reads the same RevokedKeys.
 */
describe('a certificate, as a real sshd and as we decide on it', function () {
  this.timeout(60_000)
  const now = BigInt(Math.floor(Date.now() / 1000))
  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some(address => address?.address === '::1')
  const cases: CertificateCase[] = [
    ...keyTypes(),
    ...validity(now),
    ...principals(),
    ...trust(),
    ...options(),
    ...addresses(),
    ...revocations(),
    ...proofs(),
    ...shapes(),
  ]
  const list = formatRevocationList(revoked)
  let folder = ''
  let sshd: Sshd

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-matrix-'))
    const file = (name: string, content: string | Uint8Array) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const cas = trustedCas.map(publicKey => `${formatKeyLine(publicKey, 'ca')}\n`).join('')
    const port = await findFreePort()
    sshd = await startSshd({
      port,
      lines: [
        ...(hasIpv6 ? [`ListenAddress [::1]:${port}`] : []),
        `TrustedUserCAKeys "${file('cas', cas)}"`,
        // The option leaves it to each certificate whether a security key must be touched.
        `AuthorizedPrincipalsFile "${file('principals', 'no-touch-required alice\n')}"`,
        `RevokedKeys "${file('krl', list)}"`,
        'RequiredRSASize 3072',
        ...quietPenalties(),
      ],
    })
  })

  after(async () => {
    await sshd?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is asked about in at least sixty cases, each with a name of its own', () => {
    const asked = cases.filter(({ from }) => from !== '::1' || hasIpv6)
    assert.ok(asked.length >= 60, `${asked.length}`)
    assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
  })

  for (const one of cases) {
    const { from = '127.0.0.1', name, ours, stricter } = one
    const sshdCannotBeAsked = from === '::1' && !hasIpv6
    const alone = sshdCannotBeAsked ? ' (sshd not asked: no IPv6 here)' : ''
    const apart = stricter === undefined ? '' : ` (sshd accepts; ${stricter})`

    it(`${name}: ${ours}${apart}${alone}`, async () => {
      const offer = offerOf(one, now)
      const login = sshdCannotBeAsked
        ? withoutServer(offer)
        : await logInRaw(
            {
              host: from.includes(':') ? from : '127.0.0.1',
              port: sshd.port,
              login: sshd.login,
              localAddress: from,
            },
            offer,
          )
      assert.equal(decide(offer, login, from), ours)
      if (!sshdCannotBeAsked) {
        assert.equal(login.isAccepted, ours === 'accepted' || stricter !== undefined, 'as sshd')
      }
    })
  }

  /** What we make of the bytes that sshd got. */
  function decide(offer: RawOffer, login: RawLogin, clientAddress: string): string {
    const krl = parseRevocationList(list)
    assert.ok(krl.ok)
    const cas = trustedCas.map(
      publicKey => ({ key: publicKey, principals: 'agent-names' }) as const,
    )
    const { algorithm, blob } = offer
    const accepted = checkUserCertificate(
      { algorithm, blob, clientAddress, now },
      { cas, isRevoked: lookIn(krl.value) },
    )
    if (!accepted.ok) return accepted.fault.because
    const { signature, signedBytes } = login
    const proven = verifyClientSignature(accepted.value, algorithm, signature, signedBytes)
    return proven.ok ? 'accepted' : proven.fault.because
  }
})

describe('certificates that sshd cannot be asked about', () => {
  it('are those of foreign CAs whose principals stand for agents by another name', () => {
    const { publicKey } = ca
    const blob = forgeCertificate({ key: key.publicKey, ca, principals: ['ci'] })
    const offer = { algorithm: offeredAs('ssh-ed25519'), blob, clientAddress: '::1', now: 1500n }
    const mapped = new Map([['ci', 'deployer']])
    const accepted = checkUserCertificate(offer, {
      cas: [{ key: publicKey, principals: mapped }],
      isRevoked: () => false,
    })
    // sshd maps a principal to a login of its own host; it has no agents.
    assert.equal(accepted.ok && accepted.value.identity.agent, 'deployer')
  })
})

function offerOf(one: CertificateCase, now: bigint): RawOffer {
  const owner = one.key ?? key
  const blob = forgeCertificate({
    key: owner.publicKey,
    ca,
    validAfter: now - 60n,
    validBefore: now + 600n,
    ...one.forgery,
  })
  return {
    algorithm: one.algorithm ?? offeredAs(owner.publicKey.type),
    blob: one.damage?.(blob) ?? blob,
    sign: one.proof === undefined ? bytes => owner.sign(bytes, one.signing) : one.proof,
  }
}

function withoutServer(offer: RawOffer): RawLogin {
  const signedBytes = Buffer.from('a session')
  const signature = offer.sign?.(signedBytes) ?? new Uint8Array()
  return { isAccepted: false, signedBytes, signature }
}

/** From OpenSSH 9.8 on, sshd shuts out an address after some failures; here failures are the point. */
function quietPenalties(): string[] {
  const { stderr } = spawnSync('ssh', ['-V'], { encoding: 'utf8' })
  const [, major = '0', minor = '0'] = /OpenSSH_(\d+)\.(\d+)/.exec(stderr) ?? []
  return Number(major) * 100 + Number(minor) >= 908 ? ['PerSourcePenalties no'] : []
}
