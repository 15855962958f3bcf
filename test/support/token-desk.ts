/** What the browser part needs to turn tokens into certificates, with a CA and a book in memory. */
import { generateKeyPairSync, sign } from 'node:crypto'
import type { JournalEvent } from '../../server/core/audit/events.ts'
import type { CertificateAuthority } from '../../server/core/certificate/issue.ts'
import type { TrustedIssuer } from '../../server/core/identity-tokens/issuer.ts'
import type { Journal } from '../../server/core/ports/evidence.ts'
import { withBlob } from '../../server/core/ssh-wire/public-key.ts'
import { WireWriter } from '../../server/core/ssh-wire/writer.ts'
import { defaultLimits } from '../../server/config/limits.ts'
import type { TokenDesk } from '../../server/http/identity/certificate-route.ts'
import type { TokenIssuer } from './token-issuer.ts'

export function memoryDesk(journal: Journal, change: Partial<TokenDesk> = {}): TokenDesk {
  const userCa = memoryCa()
  let serial = 0n
  return {
    issuers: [],
    otherAgents: [],
    userCa: () => userCa,
    certificates: {
      nextSerial: async () => {
        serial += 1n
        return serial
      },
      recordIssue: async ({ keyFingerprint, validAfter, validBefore, ...rest }, by) => {
        const event: JournalEvent = {
          kind: 'certificate-issued',
          agent: rest.agent,
          task: rest.task,
          keyId: rest.keyId,
          serial: String(rest.serial),
          key: keyFingerprint,
          validAfter: String(validAfter),
          validBefore: String(validBefore),
          by,
        }
        await journal.record(event)
      },
    },
    limits: {
      perMinute: defaultLimits.certificatesPerMinute,
      perMinutePerAddress: defaultLimits.certificatesPerMinutePerAddress,
    },
    ...change,
  }
}

/** A trusted issuer as sallyport.yaml's defaults make it, for an issuer that a test started. */
export function trustIn(
  issuer: Pick<TokenIssuer, 'url' | 'jwksUrl'>,
  change: Partial<TrustedIssuer> = {},
): TrustedIssuer {
  return {
    issuer: issuer.url,
    audience: ['sallyport'],
    keys: { url: issuer.jwksUrl },
    algorithms: ['RS256', 'ES256'],
    clockToleranceSeconds: 30,
    maxAgeSeconds: 3600,
    requiresNotBefore: true,
    certificateSeconds: 900,
    mayOutliveToken: false,
    agents: [
      {
        when: { sub: ['somebody'] },
        agent: 'agent-7',
        task: null,
        tasks: [],
        onBehalfOf: null,
      },
      // Who may choose a task must.
      {
        when: { sub: ['chooser'] },
        agent: 'agent-8',
        task: null,
        tasks: ['T-*'],
        onBehalfOf: null,
      },
    ],
    ...change,
  }
}

function memoryCa(): CertificateAuthority {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const key = withBlob({ type: 'ssh-ed25519', point })
  return {
    publicKey: key,
    sign: bytes =>
      new WireWriter()
        .string(key.type)
        .string(sign(null, bytes, privateKey))
        .bytes(),
  }
}
