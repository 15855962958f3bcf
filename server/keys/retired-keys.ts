import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AGENT_CERTIFICATE_MOST_SECONDS } from '../core/certificate/issue.ts'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { formatKeyLine, parseKeyLine } from '../core/ssh-wire/key-line.ts'
import type { PublicKey } from '../core/ssh-wire/public-key.ts'
import { isCode, readPublic, writePublic } from './key-file.ts'
import type { KeyPair } from './key-pair.ts'
import { isKeyName, type KeyName } from './key-names.ts'
import { KeysFault } from './keys-fault.ts'

/** The public half of a key that is no longer in use; the private one is gone. */
export interface RetiredKey {
  readonly name: KeyName
  readonly publicKey: PublicKey
  readonly fingerprint: string
  /** Milliseconds since 1970 UTC. */
  readonly retiredAtMs: number
  /** Somebody else may hold the private half: nothing that it signs counts any more. */
  readonly isCompromised: boolean
}

const FOLDER = 'retired'
const COMMENT = /^sallyport (\w+) retired (\S+?Z)( compromised)?$/

/** Keeps the public half: evidence that the key signed must still verify, and certificates run out in their own time. */
export async function keepRetired(
  folder: string,
  { fingerprint: whole, name, publicKey }: KeyPair,
  { isCompromised, nowMs }: { isCompromised: boolean; nowMs: number },
): Promise<void> {
  const retired = join(folder, FOLDER)
  await mkdir(retired, { recursive: true, mode: 0o700 })
  const comment = `sallyport ${name} retired ${new Date(nowMs).toISOString()}${isCompromised ? ' compromised' : ''}`
  const short = Buffer.from(whole.replace('SHA256:', ''), 'base64').toString('hex').slice(0, 16)
  const file = join(retired, `${name}-${short}.pub`)
  await writePublic(file, `${formatKeyLine(publicKey, comment)}\n`)
}

/** Oldest first. */
export async function readRetired(folder: string): Promise<RetiredKey[]> {
  const retired = join(folder, FOLDER)
  const keys: RetiredKey[] = []
  for (const file of await namesIn(retired)) {
    if (!file.endsWith('.pub')) continue
    const path = join(retired, file)
    const line = parseKeyLine((await readPublic(path)) ?? '')
    const [, name = '', retiredAt = '', compromised] =
      (line.ok && COMMENT.exec(line.value.comment)) || []
    const retiredAtMs = Date.parse(retiredAt)
    if (!line.ok || !isKeyName(name) || Number.isNaN(retiredAtMs)) {
      throw new KeysFault(`${path} is not as key rotate writes it; move it out of the folder`)
    }
    const publicKey = line.value.key
    const isCompromised = compromised !== undefined
    keys.push({ name, publicKey, fingerprint: fingerprint(publicKey), retiredAtMs, isCompromised })
  }
  return keys.toSorted((one, other) => one.retiredAtMs - other.retiredAtMs)
}

/**
 * Seconds since 1970 UTC: from here on no certificate of a retired user CA is believed. Whatever it
 * signed has run out by then, so nobody has to remember to end the trust.
 */
export function trustedBefore({ isCompromised, retiredAtMs }: RetiredKey): bigint {
  if (isCompromised) return 0n
  return BigInt(Math.ceil(retiredAtMs / 1000)) + AGENT_CERTIFICATE_MOST_SECONDS
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [] // nothing was ever retired
    throw error
  }
}
