import { sshPlaces } from '../config/ssh-places.ts'
import { authorityLine, type HostPlace, knownHostsLine } from '../core/ssh-wire/known-hosts.ts'
import { HOST_KEY_NAMES, KEY_PLANS, type KeyKind, type KeyName } from '../keys/key-names.ts'
import type { KeyPair } from '../keys/key-pair.ts'
import type { Desk } from './desk.ts'
import type { JsonOption } from './options.ts'
import { readReady } from './ready-file.ts'
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
  if (!isOneStep && !options.activate) return tellPrepared(desk, name, next, options)

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
    const { inUse, retired } = rotation
    screen.print(inUse.publicKeyLine)
    const hasNewType = inUse.publicKey.type !== retired.publicKey.type
    const lines = isCompromised
      ? [...(await howToPutItThere(desk, name, inUse)), ...inUseSince(name, hasNewType)]
      : inUseSince(name, hasNewType)
    for (const line of [...lines, ...whatOfTheOld(name, isCompromised)]) screen.remark(line)
  }
  return 0
}

async function tellPrepared(
  desk: Desk,
  name: KeyName,
  next: KeyPair,
  { json }: JsonOption,
): Promise<Status> {
  const { screen } = desk
  const { fingerprint, publicKeyLine: publicKey } = next
  if (json) {
    screen.printJson({ name, state: 'next', fingerprint, publicKey })
    return 0
  }
  screen.print(publicKey)
  screen.remark(`This key waits; the old ${name} is still in use.`)
  for (const line of await howToPutItThere(desk, name, next)) screen.remark(line)
  screen.remark(`Then: sallyport key rotate ${name} --activate`)
  return 0
}

/** Who must know the public half, and in which form. */
async function howToPutItThere(
  desk: Desk,
  name: KeyName,
  { publicKeyLine: line }: KeyPair,
): Promise<readonly string[]> {
  switch (name) {
    case 'host_ed25519':
    case 'host_ecdsa':
    case 'host_rsa':
      return [
        'Clients that trust the host CA need nothing, and OpenSSH learns it when it connects (UpdateHostKeys). Others',
        'need this in known_hosts, beside the old one:',
        knownHostsLine(await placesOf(desk), line),
      ]
    case 'host_ca':
      return [
        'Clients need this in known_hosts, beside the old one:',
        authorityLine(await placesOf(desk), line),
        'A new sallyport login brings it along.',
      ]
    case 'target_ca':
      return [
        'Put the line above into the file that TrustedUserCAKeys names on each target, beside the old one.',
      ]
    case 'upstream':
      return [
        'Put the line above into authorized_keys of each granted login on each target, beside the old one.',
      ]
    case 'user_ca':
    case 'node':
    case 'checkpoint':
      return []
  }
}

async function placesOf(desk: Desk): Promise<readonly HostPlace[]> {
  const config = await desk.config()
  const ready = await readReady(config.home)
  return sshPlaces(config, ready?.ssh ?? config.ssh)
}

function inUseSince(name: KeyName, hasNewType: boolean): readonly string[] {
  const isRead = name === 'node' || name === 'checkpoint' || (isHostKey(name) && hasNewType)
  return isRead
    ? ['It is used from the next start on: restart the bastion.']
    : ['A running bastion uses it within a second.']
}

function whatOfTheOld(name: KeyName, isCompromised: boolean): readonly string[] {
  switch (name) {
    case 'user_ca':
      return isCompromised
        ? [
            'The old one is believed no more: agents need new certificates, and sessions that were opened',
            'with the old ones are ended.',
          ]
        : ['Certificates of the old one are believed for another day, then by nobody.']
    case 'node':
    case 'checkpoint':
      return [
        'Evidence that the old key signed verifies with its public half, kept in keys/retired.',
      ]
    case 'host_ed25519':
    case 'host_ecdsa':
    case 'host_rsa':
    case 'host_ca':
    case 'target_ca':
    case 'upstream':
      return [
        isCompromised
          ? 'Take the old one out wherever it is trusted, now: whoever stole it can still use it there.'
          : 'Sessions that run go on. Take the old one out wherever it is trusted.',
      ]
  }
}

function isHostKey(name: KeyName): boolean {
  return HOST_KEY_NAMES.some(host => host === name)
}
