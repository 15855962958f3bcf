import { uuidv7 } from 'uuidv7'
import type {
  CertificateBook,
  CertificateRevocation,
  IssuedCertificate,
} from '../../core/ports/administration.ts'
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
    async list({ agent, all, keyId, limit, ownCas, serial }) {
      const { rows } = await ledger.pool.query<IssueRow>(LIST, [
        agent ?? null,
        serial === undefined ? null : String(serial),
        keyId ?? null,
        ownCas,
        all,
        limit,
      ])
      return rows.map(fromIssueRow)
    },
    async revocations() {
      const { rows } = await ledger.pool.query<RevocationRow>(
        'select * from sallyport.certificate_revocation order by revoked_at, id',
      )
      return rows.map(fromRevocationRow)
    },
    revoke: (which, reason, by) =>
      change<Awaited<ReturnType<CertificateBook['revoke']>>>(ledger, async client => {
        const ca = 'keyId' in which ? null : which.caFingerprint
        const serial = 'keyId' in which ? null : String(which.serial)
        const keyId = 'keyId' in which ? which.keyId : null
        const known = await client.query(
          `select from sallyport.certificate_revocation
           where key_id = $3 or (ca_fingerprint = $1 and serial = $2)`,
          [ca, serial, keyId],
        )
        if (known.rowCount !== 0) {
          return { answer: { ok: false, fault: 'already-revoked' }, event: null }
        }
        await client.query(
          `insert into sallyport.certificate_revocation (id, ca_fingerprint, serial, key_id, revoked_by, reason)
           values ($1, $2, $3, $4, $5, $6)`,
          [uuidv7(), ca, serial, keyId, by, reason],
        )
        const live = await client.query<{ id: string }>(
          `select id from sallyport.session
           where ended_at is null and (key_id = $3 or (ca_fingerprint = $1 and certificate_serial = $2))
           order by id`,
          [ca, serial, keyId],
        )
        return {
          answer: { ok: true, value: { liveSessions: live.rows.map(({ id }) => id) } },
          event: { kind: 'certificate-revoked', ca, serial, keyId, reason, by },
        }
      }),
  }
}

interface IssueRow {
  serial: string
  agent: string
  task: string | null
  key_id: string
  key_fingerprint: string
  valid_after: string
  valid_before: string
  issued_by: string
  revoked_at: Date | null
  revoked_by: string | null
  reason: string | null
}

interface RevocationRow {
  ca_fingerprint: string | null
  serial: string | null
  key_id: string | null
  revoked_at: Date
  revoked_by: string
  reason: string
}

/**
 * Serials begin with the time (`nextSerial`) and no certificate of ours lives longer than a day, so those
 * that may be valid are at the end of the primary key: two days back, and nothing older is read.
 */
const LIST = `
  select i.*, r.revoked_at, r.revoked_by, r.reason
  from sallyport.certificate_issue i
  left join lateral (
    select revoked_at, revoked_by, reason from sallyport.certificate_revocation r
    where r.key_id = i.key_id or (r.serial = i.serial and r.ca_fingerprint = any($4))
    order by revoked_at limit 1
  ) r on true
  where ($1::text is null or i.agent = $1) and ($2::numeric is null or i.serial = $2)
    and ($3::text is null or i.key_id = $3)
    and ($5 or (
      i.serial >= ((extract(epoch from clock_timestamp()) - 2 * 86400) * 1000)::bigint::numeric * 1048576
      and i.valid_before > extract(epoch from clock_timestamp())))
  order by i.serial desc limit $6`

/** With `fromRevocationRow`, the only places that know both spellings. */
function fromIssueRow(row: IssueRow): IssuedCertificate {
  const { reason, revoked_at: at, revoked_by: by } = row
  return {
    agent: row.agent,
    task: row.task,
    keyId: row.key_id,
    serial: BigInt(row.serial),
    keyFingerprint: row.key_fingerprint,
    validAfter: BigInt(row.valid_after),
    validBefore: BigInt(row.valid_before),
    issuedBy: row.issued_by,
    revoked:
      at === null || by === null || reason === null ? null : { atMs: at.getTime(), by, reason },
  }
}

function fromRevocationRow(row: RevocationRow): CertificateRevocation {
  const { ca_fingerprint: caFingerprint, key_id: keyId, serial } = row
  const fact = { atMs: row.revoked_at.getTime(), by: row.revoked_by, reason: row.reason }
  // The table's own check leaves only these two shapes.
  return keyId === null
    ? { ...fact, which: { caFingerprint: caFingerprint ?? '', serial: BigInt(serial ?? 0) } }
    : { ...fact, which: { keyId } }
}
