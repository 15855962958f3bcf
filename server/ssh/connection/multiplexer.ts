import { WireReader } from '../../core/ssh-wire/reader.ts'
import { WireFault } from '../../core/ssh-wire/wire-fault.ts'
import { Channel, type PeerEnd, type Role } from './channel.ts'
import { DISCONNECT, type Transport } from './transport.ts'
import { byte, MESSAGE, ProtocolFault, string, uint32 } from './wire.ts'

/** RFC 4254 §5.1. */
export const OPEN_FAILURE = {
  administrativelyProhibited: 1,
  connectFailed: 2,
  unknownChannelType: 3,
  resourceShortage: 4,
} as const

export interface ChannelOpening {
  readonly type: string
  readonly data: Buffer
  accept(): Channel
  refuse(reason: number, description: string): void
}

export interface Hooks {
  onOpen(opening: ChannelOpening): void
  /**
   * The answer goes out at once: replies to global requests must keep their order (RFC 4254 §4). Bytes are
   * a yes and what goes with it.
   */
  onGlobalRequest(name: string, data: Buffer): boolean | Uint8Array
  readonly role: Role
  readonly bounds: Bounds
}

export interface Bounds {
  /** Bytes a peer may have on the way in each channel. */
  readonly windowBytes: number
  /** What we take in one packet, and the most we send in one, whatever the peer would take. */
  readonly packetBytes: number
  /** A peer that takes less in one packet would have us send a header for every few bytes; 0, for ever. */
  readonly leastPacketBytes: number
  /** Channels of the peer that may be open at once, those being opened included. */
  readonly channels: number
}

/** The connection protocol (RFC 4254) over one transport: finds each message its channel. */
export class Multiplexer {
  readonly #transport: Transport
  readonly #hooks: Hooks
  readonly #channels = new Map<number, Channel>()
  readonly #opening = new Map<number, (answer: PeerEnd | string) => void>()
  /** Peer-opened channels that wait for our answer. */
  #undecided = 0
  #nextId = 0
  #isGone = false

  constructor(transport: Transport, hooks: Hooks) {
    this.#transport = transport
    this.#hooks = hooks
  }

  get openChannels(): number {
    return this.#channels.size
  }

  /** Takes one message of the connection protocol; a message that breaks it ends the connection. */
  receive(payload: Buffer): void {
    try {
      this.#dispatch(payload)
    } catch (error) {
      if (!(error instanceof ProtocolFault || error instanceof WireFault)) throw error
      this.#transport.disconnect(DISCONNECT.protocolError, error.message)
    }
  }

  /** Opens a channel; resolves with the peer's reason where it says no. */
  open(type: string, ...data: readonly Uint8Array[]): Promise<Channel | string> {
    if (this.#isGone) return Promise.resolve('the connection is closed')
    const localId = this.#nextId++
    return new Promise(resolve => {
      this.#opening.set(localId, answer => {
        resolve(typeof answer === 'string' ? answer : this.#addChannel(localId, answer))
      })
      const { packetBytes, windowBytes } = this.#hooks.bounds
      this.#transport.send(
        byte(MESSAGE.channelOpen),
        string(type),
        uint32(localId),
        uint32(windowBytes),
        uint32(packetBytes),
        ...data,
      )
    })
  }

  /** The connection is gone: every channel ends. */
  abandon(): void {
    if (this.#isGone) return
    this.#isGone = true
    for (const answer of this.#opening.values()) answer('the connection was closed')
    for (const channel of this.#channels.values()) channel.abandon()
    this.#opening.clear()
    this.#channels.clear()
  }

  #dispatch(payload: Buffer): void {
    const message = payload[0] ?? 0
    const body = payload.subarray(1)
    const fields = new WireReader(body)
    if (message === MESSAGE.globalRequest) return this.#globalRequest(fields, body)
    if (message === MESSAGE.channelOpen) return this.#openedByPeer(fields, body)

    const localId = fields.uint32('recipient channel')
    if (message === MESSAGE.channelOpenConfirmation) return this.#confirmed(localId, fields)
    if (message === MESSAGE.channelOpenFailure) return this.#failed(localId, fields)

    // Some clients answer a CLOSE with one more window adjustment: what has no channel is let fall.
    const channel = this.#channels.get(localId)
    if (channel === undefined) return
    switch (message) {
      case MESSAGE.channelWindowAdjust:
        return channel.receiveWindowAdjust(fields.uint32('bytes to add'))
      case MESSAGE.channelData:
        return channel.receiveData(lastString(fields))
      case MESSAGE.channelExtendedData:
        return channel.receiveExtendedData(fields.uint32('data type'), lastString(fields))
      case MESSAGE.channelEof:
        return channel.receiveEof()
      case MESSAGE.channelClose:
        return channel.receiveClose()
      case MESSAGE.channelRequest:
        return this.#channelRequest(channel, fields, body)
      case MESSAGE.channelSuccess:
        return channel.receiveAnswer(true)
      case MESSAGE.channelFailure:
        return channel.receiveAnswer(false)
      default:
        throw new ProtocolFault(`message ${message} is not one of the connection protocol`)
    }
  }

  #channelRequest(channel: Channel, fields: WireReader, body: Buffer): void {
    const type = fields.text('request type')
    const wantsReply = fields.byte('want reply') !== 0
    channel.receiveRequest(type, wantsReply, body.subarray(fields.at))
  }

  #globalRequest(fields: WireReader, body: Buffer): void {
    const name = fields.text('request name')
    const wantsReply = fields.byte('want reply') !== 0
    const answer = this.#hooks.onGlobalRequest(name, body.subarray(fields.at))
    if (!wantsReply) return
    if (answer === false) return this.#transport.send(byte(MESSAGE.requestFailure))
    this.#transport.send(byte(MESSAGE.requestSuccess), answer === true ? Buffer.of() : answer)
  }

  #openedByPeer(fields: WireReader, body: Buffer): void {
    const type = fields.text('channel type')
    const peer = readPeerEnd(fields)
    const data = body.subarray(fields.at)
    const { channels, leastPacketBytes } = this.#hooks.bounds
    if (peer.maxPacketBytes < leastPacketBytes) {
      const description = `maximum packet size ${peer.maxPacketBytes} is below ${leastPacketBytes}`
      return this.#refuse(peer.id, OPEN_FAILURE.resourceShortage, description)
    }
    if (this.#channels.size + this.#undecided >= channels) {
      const description = `${channels} channels are open on this connection; close one first`
      return this.#refuse(peer.id, OPEN_FAILURE.resourceShortage, description)
    }
    this.#undecided += 1
    this.#hooks.onOpen({
      type,
      data,
      accept: () => {
        this.#undecided -= 1
        return this.#accept(peer)
      },
      refuse: (reason, description) => {
        this.#undecided -= 1
        this.#refuse(peer.id, reason, description)
      },
    })
  }

  #accept(peer: PeerEnd): Channel {
    const localId = this.#nextId++
    this.#transport.send(
      byte(MESSAGE.channelOpenConfirmation),
      uint32(peer.id),
      uint32(localId),
      uint32(this.#hooks.bounds.windowBytes),
      uint32(this.#hooks.bounds.packetBytes),
    )
    return this.#addChannel(localId, peer)
  }

  #refuse(peerId: number, reason: number, description: string): void {
    this.#transport.send(
      byte(MESSAGE.channelOpenFailure),
      uint32(peerId),
      uint32(reason),
      string(description),
      string(''),
    )
  }

  #confirmed(localId: number, fields: WireReader): void {
    const peer = readPeerEnd(fields)
    if (peer.maxPacketBytes < this.#hooks.bounds.leastPacketBytes) {
      throw new ProtocolFault(`maximum packet size ${peer.maxPacketBytes}`)
    }
    this.#takeOpening(localId)(peer)
  }

  #failed(localId: number, fields: WireReader): void {
    const reason = fields.uint32('reason code')
    const description = Buffer.from(fields.string('description')).toString()
    this.#takeOpening(localId)(description || `channel refused (reason ${reason})`)
  }

  /** Last of all, when the answer has been read: one that cannot be read leaves nobody waiting for ever. */
  #takeOpening(localId: number): (answer: PeerEnd | string) => void {
    const answer = this.#opening.get(localId)
    if (answer === undefined) throw new ProtocolFault('answer to a channel nobody opened')
    this.#opening.delete(localId)
    return answer
  }

  #addChannel(localId: number, peer: PeerEnd): Channel {
    const { packetBytes, windowBytes } = this.#hooks.bounds
    const channel = new Channel({
      transport: this.#transport,
      localId,
      peer: { ...peer, maxPacketBytes: Math.min(peer.maxPacketBytes, packetBytes) },
      windowBytes,
      packetBytes,
      role: this.#hooks.role,
      onForgotten: () => this.#channels.delete(localId),
    })
    if (this.#isGone) channel.abandon()
    else this.#channels.set(localId, channel)
    return channel
  }
}

/** Data is kept as a view of its packet until it is read, so nothing that no window counts may lie beside it. */
function lastString(fields: WireReader): Uint8Array {
  const data = fields.string('data')
  fields.end()
  return data
}

function readPeerEnd(fields: WireReader): PeerEnd {
  return {
    id: fields.uint32('sender channel'),
    window: fields.uint32('initial window size'),
    maxPacketBytes: fields.uint32('maximum packet size'),
  }
}
