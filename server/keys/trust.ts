import { join } from 'node:path'
import { lookIn, type RevocationList } from '../core/certificate/krl.ts'
import { parseRevocationList } from '../core/certificate/parse-krl.ts'
import type { Revocable } from '../core/certificate/revocation.ts'
import type { OwnCa } from '../core/certificate/user-ca.ts'
import { parseKeyLine } from '../core/ssh-wire/key-line.ts'
import { readPublic, readPublicBytes } from './key-file.ts'
import { KeysFault } from './keys-fault.ts'
import { lookOften } from './look-often.ts'
import { readRetired, trustedBefore } from './retired-keys.ts'

/** Whose user certificates the keys folder says to believe, and whose not. */
export interface Trust {
  /** Our own user CAs: the one in use, then those whose certificates may still be about. */
  readonly userCas: readonly OwnCa[]
  /** Whether the file `revoked_keys`, if there is one, names the certificate, its key or its CA. */
  readonly isListed: (certificate: Revocable) => boolean
  /** The same file as it was read; null when there is none. */
  readonly revokedKeys: RevocationList | null
}

/** An OpenSSH revocation list, as `ssh-keygen -k` writes it; sshd's own name for the setting. */
const REVOKED_KEYS = 'revoked_keys'

export async function readTrust(folder: string): Promise<Trust> {
  return understand(folder, await readFiles(folder))
}

/**
 * Tells `onChange` whenever the folder says something else than it did. A look that fails is told to
 * `onTrouble` once and changes nothing: what was revoked stays revoked, and a damaged file does not
 * lock everybody out. Returns how to stop.
 */
export function followTrust(
  folder: string,
  onChange: (trust: Trust) => void,
  onTrouble: (fault: string) => void,
): () => void {
  let known = ''
  return lookOften(async isStopped => {
    const files = await readFiles(folder)
    const seen = JSON.stringify([
      files.userCa,
      files.retired.map(key => [key.fingerprint, String(trustedBefore(key))]),
      files.revoked?.toString('base64') ?? null,
    ])
    if (isStopped() || seen === known) return
    const trust = understand(folder, files)
    onChange(trust)
    known = seen
  }, onTrouble)
}

interface Files {
  readonly userCa: string | null
  readonly retired: Awaited<ReturnType<typeof readRetired>>
  readonly revoked: Buffer | null
}

async function readFiles(folder: string): Promise<Files> {
  return {
    userCa: await readPublic(join(folder, 'user_ca.pub')),
    retired: (await readRetired(folder)).filter(({ name }) => name === 'user_ca'),
    revoked: await readPublicBytes(join(folder, REVOKED_KEYS)),
  }
}

function understand(folder: string, { retired, revoked, userCa }: Files): Trust {
  const line = parseKeyLine(userCa ?? '')
  if (!line.ok) throw new KeysFault(`${join(folder, 'user_ca.pub')}: ${line.fault}`)
  const list = revoked === null ? null : parseRevocationList(revoked)
  if (list?.ok === false) {
    // As sshd: a list that is half read would let in whom its other half names.
    throw new KeysFault(
      `${join(folder, REVOKED_KEYS)}: ${list.fault}; make it with: ssh-keygen -k -f ${REVOKED_KEYS} …`,
    )
  }
  return {
    userCas: [
      { key: line.value.key },
      ...retired.map(ca => ({ key: ca.publicKey, trustedBefore: trustedBefore(ca) })),
    ],
    isListed: list === null ? () => false : lookIn(list.value),
    revokedKeys: list === null ? null : list.value,
  }
}
