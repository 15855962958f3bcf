import { KEY_PLANS, type KeyKind, type KeyName } from '../keys/key-names.ts'
import type { KeyPair } from '../keys/key-pair.ts'
import type { Desk } from './desk.ts'
import type { JsonOption } from './options.ts'
import type { Status } from './screen.ts'

export interface RotateOptions extends JsonOption {
  readonly type?: KeyKind
  readonly activate?: true
  readonly compromised?: true
}

/** One step of a rotation, written down before it happens. */
export async function rotateKey(
  desk: Desk,
  name: KeyName,
  options: RotateOptions,
): Promise<Status> {
  const { screen } = desk
  const { folder } = await desk.keys()
  const { listKeys } = await import('../keys/list-keys.ts')
  const listed = (await listKeys(folder)).filter(key => key.name === name)
  const isCompromised = options.compromised === true
  const isOneStep = !KEY_PLANS[name].isKnownToOthers || isCompromised
  const { isOfThisKindOnly, kind } = KEY_PLANS[name]
  if (isOfThisKindOnly && options.type !== undefined && options.type !== kind) {
    return screen.misuse(`--type: ${name} signs evidence, for which it must be ${kind}`)
  }
  if (options.activate && !isOneStep && !listed.some(({ state }) => state === 'next')) {
    return screen.no(`no key waits to take over as ${name}; first: sallyport key rotate ${name}`)
  }

  const { activateNextKey, prepareNextKey } = await import('../keys/rotate-key.ts')
  const { key: next, isNew } = await prepareNextKey(folder, name, options.type ?? null)
  const { journal } = await desk.books()
  if (isNew) {
    await journal.record({ kind: 'key-made', name, fingerprint: next.fingerprint })
  }
  if (!isOneStep && !options.activate) return tellPrepared(desk, next, options)

  const inUse = listed.find(({ state }) => state === 'in-use')
  await journal.record({
    kind: 'key-rotated',
    name,
    fingerprint: next.fingerprint,
    retired: inUse?.fingerprint ?? null,
    compromised: isCompromised,
    by: desk.by,
  })
  const rotation = await activateNextKey(folder, name, { isCompromised, nowMs: desk.nowMs() })
  if (options.json) {
    const { fingerprint, publicKeyLine: publicKey } = rotation.inUse
    const retired = rotation.retired.fingerprint
    screen.printJson({ name, state: 'in-use', fingerprint, publicKey, retired })
  } else {
    screen.print(rotation.inUse.publicKeyLine)
    for (const line of afterwards(name, isCompromised)) screen.remark(line)
  }
  return 0
}

function tellPrepared({ screen }: Desk, next: KeyPair, { json }: JsonOption): Status {
  const { fingerprint, name, publicKeyLine: publicKey } = next
  if (json) {
    screen.printJson({ name, state: 'next', fingerprint, publicKey })
    return 0
  }
  screen.print(publicKey)
  screen.remark(`This key waits; the old ${name} is still in use. Put the line above`)
  screen.remark(`  ${WHERE[name as KeyName]}`)
  screen.remark(`and then: sallyport key rotate ${name} --activate`)
  return 0
}

/** Who must know the public half, and in which form. */
const WHERE: Record<KeyName, string> = {
  host_ed25519: 'into known_hosts of clients that do not trust the host CA, beside the old one,',
  host_ecdsa: 'into known_hosts of clients that do not trust the host CA, beside the old one,',
  host_rsa: 'into known_hosts of clients that do not trust the host CA, beside the old one,',
  host_ca: "into clients' known_hosts, after @cert-authority and the names, beside the old one,",
  target_ca: 'into the file that TrustedUserCAKeys names on each target, beside the old one,',
  upstream: 'into authorized_keys of each granted login on each target, beside the old one,',
  user_ca: 'nowhere: only the bastion reads it,',
  node: 'where evidence is verified, beside the old one,',
  checkpoint: 'where evidence is verified, beside the old one,',
}

function afterwards(name: KeyName, isCompromised: boolean): string[] {
  if (name === 'user_ca') {
    return isCompromised
      ? [
          'A running bastion believes the old CA no more within a second; agents need new certificates.',
          'It ends the sessions that were opened with them, too.',
        ]
      : ['Certificates of the old CA are believed for another day, then by nobody.']
  }
  const lines = [`Used from the next start on: restart the bastion.`]
  if (isCompromised)
    lines.unshift(
      `Now replace the old ${name} elsewhere: put the line above`,
      `  ${WHERE[name]}`,
      'and take the old one out.',
    )
  else if (KEY_PLANS[name].isKnownToOthers)
    lines.push('Then take the old one out wherever it is trusted.')
  else
    lines.push(
      'Evidence that the old key signed verifies with its public half, kept in keys/retired.',
    )
  return lines
}
