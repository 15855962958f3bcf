import type { Result } from '../result.ts'
import { WireReader } from '../ssh-wire/reader.ts'
import { WireFault } from '../ssh-wire/wire-fault.ts'
import type { Certificate, Option } from './certificate.ts'
import { type Network, parseSourceAddresses } from './source-address.ts'

/** What a user certificate forbids, permits and says beside who its owner is. */
export interface Restrictions {
  /** Null lets the owner come from anywhere. */
  readonly sourceAddress: { readonly text: string; readonly networks: readonly Network[] } | null
  /** Runs instead of whatever the owner asks for. */
  readonly forceCommand: string | null
  /** A security key must have verified its owner, by PIN or fingerprint. */
  readonly verifyRequired: boolean
  /** A security key need not have been touched. */
  readonly noTouchRequired: boolean
  readonly permitPty: boolean
  readonly permitPortForwarding: boolean
  readonly permitAgentForwarding: boolean
  readonly permitX11Forwarding: boolean
  /** From `task@sallyport`. */
  readonly task: string | null
  /** From `on-behalf-of@sallyport`. */
  readonly onBehalfOf: string | null
}

export type OptionFault = {
  readonly because: 'option-unknown' | 'option-repeated' | 'option-unreadable'
  readonly option: string
  readonly fault: string
}

export const TASK_EXTENSION = 'task@sallyport'
export const ON_BEHALF_OF_EXTENSION = 'on-behalf-of@sallyport'

/** Names of tasks and people go into every event and onto every page. */
const CLAIM_MOST_CHARACTERS = 256

/**
 * Reads critical options and extensions as OpenSSH's sshd does (`cert_option_list`): a critical
 * option nobody knows refuses, an extension nobody knows is passed over, and an option that is known
 * must hold exactly what it should. One rule is stricter: no known name may come twice, where sshd
 * looks only at two of them (PROTOCOL.certkeys forbids it for all).
 */
export function readRestrictions(certificate: Certificate): Result<Restrictions, OptionFault> {
  try {
    const critical = new OptionList(certificate.criticalOptions)
    const extensions = new OptionList(certificate.extensions)
    const restrictions = {
      sourceAddress: critical.text('source-address', readSourceAddress),
      forceCommand: critical.text('force-command', command => command),
      verifyRequired: critical.flag('verify-required'),
      noTouchRequired: extensions.flag('no-touch-required'),
      permitPty: extensions.flag('permit-pty'),
      permitPortForwarding: extensions.flag('permit-port-forwarding'),
      permitAgentForwarding: extensions.flag('permit-agent-forwarding'),
      permitX11Forwarding: extensions.flag('permit-X11-forwarding'),
      task: extensions.text(TASK_EXTENSION, readClaim),
      onBehalfOf: extensions.text(ON_BEHALF_OF_EXTENSION, readClaim),
    }
    extensions.flag('permit-user-rc') // known to sshd, so it must be well-formed; there is no rc file here
    critical.refuseUnread()
    return { ok: true, value: restrictions }
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, fault: error.fault }
    throw error // a bug of ours
  }
}

/** Whether a task or a person may be called so: shown to people, hence nothing invisible in it. */
export function isClaim(text: string): boolean {
  return (
    text !== '' &&
    text.length <= CLAIM_MOST_CHARACTERS &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)
  )
}

class Unreadable extends Error {
  readonly fault: OptionFault

  constructor(because: OptionFault['because'], option: string, fault: string) {
    super(fault)
    this.fault = { because, option, fault }
  }
}

/** Hands out each option once and remembers which were asked for. */
class OptionList {
  readonly #options: readonly Option[]
  readonly #read = new Set<string>()

  constructor(options: readonly Option[]) {
    this.#options = options
  }

  flag(name: string): boolean {
    const data = this.#find(name)
    if (data === null) return false
    if (data.length > 0) throw new Unreadable('option-unreadable', name, 'has a value')
    return true
  }

  text<Value>(name: string, read: (text: string) => Value): Value | null {
    const data = this.#find(name)
    if (data === null) return null
    try {
      const fields = new WireReader(data)
      const text = fields.text('value')
      fields.end()
      return read(text)
    } catch (error) {
      if (error instanceof WireFault) throw new Unreadable('option-unreadable', name, error.message)
      throw error
    }
  }

  refuseUnread(): void {
    const unread = this.#options.find(option => !this.#read.has(option.name))
    if (unread !== undefined)
      throw new Unreadable('option-unknown', unread.name, 'is not known here')
  }

  #find(name: string): Uint8Array | null {
    this.#read.add(name)
    const [first, second] = this.#options.filter(option => option.name === name)
    if (second !== undefined) throw new Unreadable('option-repeated', name, 'stands there twice')
    return first?.data ?? null
  }
}

function readSourceAddress(text: string): Restrictions['sourceAddress'] {
  const networks = parseSourceAddresses(text)
  if (!networks.ok) throw new WireFault(networks.fault)
  return { text, networks: networks.value }
}

function readClaim(text: string): string {
  if (!isClaim(text)) throw new WireFault('is empty, too long or has invisible characters')
  return text
}
