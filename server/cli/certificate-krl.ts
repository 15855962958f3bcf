import { resolve } from 'node:path'
import { compileRevocationList } from '../core/certificate/compile-krl.ts'
import { formatRevocationList } from '../core/certificate/format-krl.ts'
import { nowSeconds } from '../core/ports/deciding.ts'
import type { Desk } from './desk.ts'
import type { JsonOption } from './options.ts'
import type { Status } from './screen.ts'
import { trustedCas } from './trusted-cas.ts'

/** For whoever trusts a CA of ours beside the bastion, and for `ssh-keygen -Q`. */
export async function writeKrl(
  desk: Desk,
  { json, out }: JsonOption & { out: string },
): Promise<Status> {
  const { screen } = desk
  const { certificates } = await desk.books()
  const cas = await trustedCas(desk)
  const revocations = await certificates.revocations()
  const { list, unknownCas } = compileRevocationList(
    {
      revoked: revocations.map(({ which }) => which),
      cas: cas.all,
      compromisedCas: cas.compromised,
      listed: cas.revokedKeys,
    },
    nowSeconds(desk),
  )
  const path = resolve(desk.workingDirectory, out)
  const { writePublic } = await import('../keys/key-file.ts')
  await writePublic(path, formatRevocationList(list))
  if (json) {
    screen.printJson({
      file: path,
      version: String(list.version),
      revocations: revocations.length,
      compromisedCas: cas.compromised.length,
      leftOutCas: unknownCas,
    })
  } else {
    screen.print(`${path}: ${revocations.length} revocations of this bastion`)
  }
  if (unknownCas.length === 0) return 0
  // Whoever relies on the file must not believe that it is whole.
  return screen.no(
    `serials of ${unknownCas.join(', ')} are not in it: a list names a CA by its key, and no CA of these fingerprints is in keys/ or under userCas in the configuration`,
  )
}
