import handlers from 'ssh2/lib/protocol/handlers.js'
import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
import { WireReader } from '../../core/ssh-wire/reader.ts'
import { WireFault } from '../../core/ssh-wire/wire-fault.ts'
import type { Undo } from './repair.ts'

const KEXINIT = 20
/** Message number and cookie stand before the first list (RFC 4253 §7.1). */
export const LISTS_AT = 17

/** Sees the peer's KEXINIT before ssh2 does and returns what ssh2 shall see. */
export type KexinitLook = (protocol: Protocol, payload: Buffer) => Buffer

const looks: KexinitLook[] = []

/** For all connections, in the order of the calls. */
export function lookAtKexinit(look: KexinitLook): Undo {
  looks.push(look)
  return () => looks.splice(looks.indexOf(look), 1)
}

/** Not a fault: where repairs get hold of KEXINIT. Later exchanges come this way, the first one does not. */
export function interceptKexinit(): Undo {
  const original = handlers[KEXINIT]
  handlers[KEXINIT] = (protocol, payload) => original?.(protocol, show(protocol, payload))
  return () => {
    handlers[KEXINIT] = original
  }
}

/** For one connection, before its first key exchange, whose KEXINIT ssh2 hands to no handler. */
export function interceptFirstKexinit(protocol: Protocol): void {
  const reader = protocol._packetRW.read
  const read = reader.read.bind(reader)
  reader.read = packet => {
    const payload = read(packet)
    return payload[0] === KEXINIT ? show(protocol, payload) : payload
  }
}

/** The first two lists; null where the message is cut, for which ssh2 ends the connection. */
export function readFirstLists(
  payload: Buffer,
): { readonly kex: readonly string[]; readonly hostKeys: readonly string[] } | null {
  try {
    const fields = new WireReader(payload.subarray(LISTS_AT))
    const list = (field: string): string[] =>
      Buffer.from(fields.string(field)).toString('latin1').split(',')
    return { kex: list('kex_algorithms'), hostKeys: list('server_host_key_algorithms') }
  } catch (error) {
    if (error instanceof WireFault) return null
    throw error
  }
}

/** Names in the list that are no exchange but say something of their sender (RFC 8308 §2.1, OpenSSH PROTOCOL §1.10). */
export function isMarker(name: string): boolean {
  return name.startsWith('ext-info-') || name.startsWith('kex-strict-')
}

/** RFC 4253 §7.1: the first of the client's list that the server has, too. */
export function agreedKex(protocol: Protocol, theirs: readonly string[]): string | undefined {
  const ours = protocol._offer.lists.kex.array
  const [client, server] = protocol._server ? [theirs, ours] : [ours, theirs]
  return client.find(name => server.includes(name) && !isMarker(name))
}

function show(protocol: Protocol, payload: Buffer): Buffer {
  return looks.reduce((shown, look) => look(protocol, shown), payload)
}
