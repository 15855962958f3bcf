import { InvalidArgumentError } from 'commander'
import type { Revoked } from '../core/certificate/compile-krl.ts'
import type { Result } from '../core/result.ts'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { awaitEnds, PATIENCE_MS } from './await-ends.ts'
import type { Desk } from './desk.ts'
import { counted } from './grant-revoke.ts'
import type { JsonOption } from './options.ts'
import type { Status } from './screen.ts'
import { type TrustedCas, trustedCas } from './trusted-cas.ts'

export interface RevokeOptions extends JsonOption {
  readonly serial?: bigint
  readonly keyId?: string
  readonly ca?: string
  readonly reason: string
}

/** A serial as certificates carry it: 64 bits without a sign; 0 is none. */
export function serial(text: string): bigint {
  const number = /^\d{1,20}$/.test(text) ? BigInt(text) : 0n
  if (number === 0n || number >= 2n ** 64n) {
    throw new InvalidArgumentError(
      'Expected a serial from 1 to 18446744073709551615; a certificate without one goes by its --key-id.',
    )
  }
  return number
}

export function caFingerprint(text: string): string {
  if (!/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) {
    throw new InvalidArgumentError('Expected a fingerprint as ssh-keygen -l shows it: SHA256:…')
  }
  return text
}

/** Revokes, then watches the live sessions end, so that the answer is what happened and not what was asked. */
export async function revokeCertificate(desk: Desk, options: RevokeOptions): Promise<Status> {
  const { screen } = desk
  const { ca, json, keyId, reason, serial: number } = options
  if ((keyId === undefined) === (number === undefined)) {
    return screen.misuse('say which certificate: exactly one of --serial N or --key-id ID')
  }
  if (ca !== undefined && number === undefined) return screen.misuse('--ca goes with --serial')
  const which = await findRevoked(desk, options)
  if (!which.ok) return screen.no(which.fault)

  const { archive, certificates } = await desk.books()
  const live = new Set<string>()
  let isNew = false
  for (const one of which.value.revoked) {
    const revoked = await certificates.revoke(one, reason, desk.by)
    if (!revoked.ok) continue
    isNew = true
    for (const session of revoked.value.liveSessions) live.add(session)
  }
  const name = keyId ?? `with serial ${number}`
  if (!isNew) return screen.no(`the certificate ${name} is revoked already`)

  const alive = await awaitEnds([...live], archive)
  const ended = [...live].filter(session => !alive.includes(session))
  if (json) {
    screen.printJson({ revoked: true, endedSessions: ended, stillLive: alive })
  } else {
    screen.print(`certificate ${name} revoked; ${counted(ended.length, 'live session')} ended`)
  }
  if (which.value.remark !== null) screen.remark(which.value.remark)
  if (alive.length === 0) return 0
  return screen.no(
    `${counted(alive.length, 'session')} did not end within ${PATIENCE_MS / 1000}s (${alive.join(', ')}); the node may be cut off and then ends them itself within 15s; see: sallyport session list --live`,
  )
}

interface FoundRevoked {
  readonly revoked: readonly Revoked[]
  readonly remark: string | null
}

/** What is to be written down; a slip of the finger must not pass for a revocation. */
async function findRevoked(
  desk: Desk,
  { ca, keyId, serial: number }: RevokeOptions,
): Promise<Result<FoundRevoked, string>> {
  const cas = await trustedCas(desk)
  if (ca !== undefined && number !== undefined) return ofCa(ca, number, cas)
  const { certificates } = await desk.books()
  const isIssued = async (filter: { serial: bigint } | { keyId: string }): Promise<boolean> => {
    const found = await certificates.list({
      ...filter,
      ownCas: cas.ownFingerprints,
      all: true,
      limit: 1,
    })
    return found.length > 0
  }
  if (number !== undefined) {
    if (!(await isIssued({ serial: number }))) {
      return no(
        `this bastion issued no certificate with serial ${number}; for one of another CA add --ca SHA256:…`,
      )
    }
    // Serials of ours are never used twice, so it does no harm to name each of our CAs.
    const revoked = cas.ownFingerprints.map(own => ({ caFingerprint: own, serial: number }))
    return { ok: true, value: { revoked, remark: null } }
  }
  const remark = (await isIssued({ keyId: keyId ?? '' }))
    ? null
    : 'This bastion issued no certificate with this key id; one of another CA is refused from now on.'
  return { ok: true, value: { revoked: [{ keyId: keyId ?? '' }], remark } }
}

function ofCa(ca: string, number: bigint, { all }: TrustedCas): Result<FoundRevoked, string> {
  const known = all.map(key => fingerprint(key))
  if (!known.includes(ca)) return no(`no CA ${ca} is trusted here; there are ${known.join(', ')}`)
  const revoked = [{ caFingerprint: ca, serial: number }]
  return { ok: true, value: { revoked, remark: null } }
}

function no(fault: string): Result<never, string> {
  return { ok: false, fault }
}
