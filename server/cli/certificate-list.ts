import { formatDistance, isoMoment } from '../core/duration.ts'
import type { IssuedCertificate } from '../core/ports/administration.ts'
import type { Desk } from './desk.ts'
import type { JsonOption } from './options.ts'
import type { Status } from './screen.ts'
import { formatTable } from './table.ts'
import { trustedCas } from './trusted-cas.ts'

export interface ListOptions extends JsonOption {
  readonly agent?: string
  readonly all?: true
  readonly limit: number
}

export async function listCertificates(
  desk: Desk,
  { agent, all, json, limit }: ListOptions,
): Promise<Status> {
  const { screen } = desk
  const { certificates } = await desk.books()
  const { ownFingerprints } = await trustedCas(desk)
  const found = await certificates.list({
    ...(agent === undefined ? {} : { agent }),
    ownCas: ownFingerprints,
    all: all === true,
    limit,
  })
  const now = desk.nowMs()
  if (json) {
    screen.printJson(found.map(certificate => certificateJson(certificate, now)))
    return 0
  }
  if (found.length === 0) {
    screen.remark(
      all ? 'No certificate.' : 'No certificate is valid now. Past ones: sallyport cert list --all',
    )
    return 0
  }
  const table = formatTable(
    found,
    [
      { title: 'SERIAL', cell: ({ serial }) => String(serial) },
      { title: 'AGENT', cell: certificate => certificate.agent, narrow: 'cut' },
      { title: 'TASK', cell: ({ task }) => task ?? '-', narrow: 'cut' },
      {
        title: 'STATE',
        cell: certificate => stateOf(certificate, now),
        paint: (certificate, paint) =>
          stateOf(certificate, now) === 'valid' ? paint.good : paint.bad,
      },
      {
        title: 'ENDS',
        cell: ({ validBefore }) => formatDistance(Number(validBefore) * 1000, now),
      },
      { title: 'KEY', cell: ({ keyFingerprint }) => keyFingerprint, narrow: 'drop' },
      { title: 'ISSUED BY', cell: ({ issuedBy }) => issuedBy, narrow: 'drop' },
    ],
    { width: screen.columns, paint: screen.paint },
  )
  screen.print(table)
  if (found.length === limit) screen.remark(`More: sallyport cert list --limit ${limit * 10}`)
  return 0
}

function stateOf({ revoked, validBefore }: IssuedCertificate, nowMs: number): string {
  if (revoked !== null) return 'revoked'
  return nowMs < Number(validBefore) * 1000 ? 'valid' : 'expired'
}

function certificateJson(certificate: IssuedCertificate, nowMs: number): object {
  const { revoked } = certificate
  return {
    agent: certificate.agent,
    task: certificate.task,
    keyId: certificate.keyId,
    serial: String(certificate.serial),
    state: stateOf(certificate, nowMs),
    key: certificate.keyFingerprint,
    validAfter: isoMoment(Number(certificate.validAfter) * 1000),
    validBefore: isoMoment(Number(certificate.validBefore) * 1000),
    issuedBy: certificate.issuedBy,
    revoked:
      revoked === null
        ? null
        : { at: isoMoment(revoked.atMs), by: revoked.by, reason: revoked.reason },
  }
}
