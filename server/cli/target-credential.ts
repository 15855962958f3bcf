import { resolve } from 'node:path'
import type { Credential, SourceAddress } from '../core/access.ts'
import { parseSourceAddresses } from '../core/certificate/source-address.ts'
import type { NewTarget } from '../core/ports/administration.ts'
import type { Result } from '../core/result.ts'
import type { Desk } from './desk.ts'

/** What the bastion shall log in with, as `target add` takes it. */
export interface CredentialOptions {
  readonly key?: string
  readonly targetCa?: true
  readonly sourceAddress?: string
}

/** What an administrator of the machine has to do; null where its key is there already. */
export async function howToLetIn(
  desk: Desk,
  { credential, host, logins }: NewTarget,
): Promise<string | null> {
  switch (credential.is) {
    case 'key-file':
      return null
    case 'upstream-key': {
      const { upstream } = await desk.keys()
      return `Let the bastion in: append this line to ~/.ssh/authorized_keys of ${logins.join(', ')} on ${host}:\n${upstream.publicKeyLine}`
    }
    case 'certificate': {
      const { targetCa } = await desk.keys()
      // Trusted for all logins it would be trusted for root, too.
      return [
        `Let the bastion in: on ${host} put this line into /etc/ssh/sallyport_target_ca.pub:`,
        targetCa.publicKeyLine,
        'append these to /etc/ssh/sshd_config and reload sshd:',
        `Match User ${logins.join(',')}`,
        '  TrustedUserCAKeys /etc/ssh/sallyport_target_ca.pub',
      ].join('\n')
    }
  }
}

/** The fault is a misuse of the options. */
export function readCredential(desk: Desk, options: CredentialOptions): Result<Credential, string> {
  const { key, sourceAddress, targetCa } = options
  if (targetCa === undefined) {
    if (sourceAddress !== undefined) {
      return { ok: false, fault: '--source-address goes with --target-ca' }
    }
    return {
      ok: true,
      value:
        key === undefined
          ? { is: 'upstream-key' }
          : { is: 'key-file', path: resolve(desk.workingDirectory, key) },
    }
  }
  if (key !== undefined) {
    return {
      ok: false,
      fault: '--key and --target-ca exclude each other: a machine takes a key or certificates',
    }
  }
  const from = readSourceAddress(sourceAddress)
  return from.ok ? { ok: true, value: { is: 'certificate', sourceAddress: from.value } } : from
}

function readSourceAddress(text: string | undefined): Result<SourceAddress, string> {
  if (text === undefined) return { ok: true, value: { is: 'own' } }
  if (text === 'any') return { ok: true, value: { is: 'any' } }
  const read = parseSourceAddresses(text)
  if (!read.ok) return { ok: false, fault: `--source-address: ${read.fault}` }
  return { ok: true, value: { is: 'listed', networks: text } }
}
