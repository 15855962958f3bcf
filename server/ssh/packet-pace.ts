import { makeGood } from '../core/pace.ts'
import { hold } from './hold.ts'
import type { Ssh2Peer } from './transport.ts'

/**
 * With more packets than this in what one read brought, others get a turn first: libuv would read on up to
 * 32 times, which in packets of a few bytes is a second of work.
 */
const MANY_PACKETS = 100

/** Packets that carry less on average cost more to read than what they carry. */
const SMALL_BYTES = 1024

/** What may come at once, in seconds of the pace: a loop that sends keystroke by keystroke is done by then. */
const BURST_SECONDS = 10

/** What one connection may always have of its agent's pace: a flood on another one is none of its doing. */
const OWN_PART = 0.1

/** The small packets of one agent, on all its connections together. */
export class PacketPace {
  readonly #perSecond: number
  #clearAtMs = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  forOneConnection(): PacketPace {
    return new PacketPace(this.#perSecond * OWN_PART)
  }

  /** How long to wait after so many that have come. */
  owe(packets: number): number {
    const pace = { burst: BURST_SECONDS * this.#perSecond, everyMs: 1000 / this.#perSecond }
    const { clearAtMs, waitMs } = makeGood(this.#clearAtMs, packets, pace, performance.now())
    this.#clearAtMs = clearAtMs
    return waitMs
  }
}

/** Agents whose pace is remembered; the one that logged in longest ago is forgotten first. */
const MOST_AGENTS = 10_000

/** The pace of each agent, also of one that has closed its connections and comes again. */
export class PacketPaces {
  readonly #perSecond: number
  readonly #paces = new Map<string, PacketPace>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  of(agent: string): PacketPace {
    const pace = this.#paces.get(agent) ?? new PacketPace(this.#perSecond)
    this.#paces.delete(agent)
    this.#paces.set(agent, pace)
    const [longestAgo] = this.#paces.keys()
    if (this.#paces.size > MOST_AGENTS && longestAgo !== undefined) this.#paces.delete(longestAgo)
    return pace
  }
}

/**
 * Keeps a peer that floods us with packets of a few bytes from taking the processor for itself: a megabyte of
 * them is half a second of work. After the first key exchange.
 *
 * @param pace is null for a target: how its programs write is not its doing, so it only lets others go first.
 */
export function pacePackets(peer: Ssh2Peer, pace: PacketPace | null): void {
  const { _protocol: protocol, _sock: socket } = peer
  const own = pace?.forOneConnection()
  let counted = protocol._decipher?.inSeqno ?? 0
  socket.on('data', (chunk: Uint8Array) => {
    const sequence = protocol._decipher?.inSeqno ?? 0
    // Strict key exchange begins to count anew.
    const packets = sequence >= counted ? sequence - counted : sequence
    counted = sequence
    const small = Math.max(0, packets - chunk.length / SMALL_BYTES)
    const waitMs = pace?.owe(small) ?? 0
    const isOwnDoing = (own?.owe(small) ?? 0) > 0
    if (waitMs > 0 && isOwnDoing) setTimeout(hold(socket), waitMs).unref()
    else if (packets > MANY_PACKETS) setImmediate(hold(socket))
  })
}
