import { uuidv7 } from 'uuidv7'
import type { CertificateBook } from '../../core/ports/administration.ts'
import { change, type Ledger } from './ledger.ts'

export function createCertificates(ledger: Ledger): CertificateBook {
  return {
    /** Time first: a database made anew beside an old CA must not give out that CA's serials again. */
    async nextSerial() {
      const { rows } = await ledger.pool.query<{ serial: string }>(
        `select ((extract(epoch from clock_timestamp()) * 1000)::bigint << 20)
              | (nextval('sallyport.certificate_serial') & 1048575) as serial`,
      )
      const [row] = rows
      if (row === undefined) throw new Error('the database gave no serial')
      return BigInt(row.serial)
    },
    recordIssue: (certificate, by) =>
      change(ledger, async client => {
        const { agent, task, keyId, keyFingerprint } = certificate
        await client.query(
          `insert into sallyport.certificate_issue
             (serial, agent, task, key_id, key_fingerprint, valid_after, valid_before, issued_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [
            String(certificate.serial),
            agent,
            task,
            keyId,
            keyFingerprint,
            String(certificate.validAfter),
            String(certificate.validBefore),
            by,
          ],
        )
        return {
          answer: undefined,
          event: {
            kind: 'certificate-issued',
            agent,
            task,
            keyId,
            serial: String(certificate.serial),
            key: keyFingerprint,
            validAfter: String(certificate.validAfter),
            validBefore: String(certificate.validBefore),
            by,
          },
        }
      }),
    revoke: (which, reason, by) =>
      change(ledger, async client => {
        const ca = 'keyId' in which ? null : which.caFingerprint
        const serial = 'keyId' in which ? null : String(which.serial)
        const keyId = 'keyId' in which ? which.keyId : null
        await client.query(
          `insert into sallyport.certificate_revocation (id, ca_fingerprint, serial, key_id, revoked_by, reason)
           values ($1, $2, $3, $4, $5, $6)`,
          [uuidv7(), ca, serial, keyId, by, reason],
        )
        return {
          answer: undefined,
          event: { kind: 'certificate-revoked', ca, serial, keyId, reason, by },
        }
      }),
  }
}
