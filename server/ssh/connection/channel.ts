import { deferred } from '../deferred.ts'
import { Inbox } from './inbox.ts'
import { Outbox } from './outbox.ts'
import type { Transport } from './transport.ts'
import { byte, MESSAGE, ProtocolFault, string, uint32 } from './wire.ts'

/** The only kind of extended data there is (RFC 4254 §5.2). */
const STDERR = 1
const MAX_WINDOW = 0xffff_ffff

/** Which way standard error flows: a server writes it, a client reads it. */
export type Role = 'server' | 'client'

export interface ChannelRequestMessage {
  readonly type: string
  readonly wantsReply: boolean
  readonly data: Buffer
  /** At most one of these is sent, and only if the peer asked for an answer. */
  succeed(): void
  fail(): void
}

export interface PeerEnd {
  readonly id: number
  readonly window: number
  readonly maxPacketBytes: number
}

interface Surroundings {
  readonly transport: Transport
  readonly localId: number
  readonly peer: PeerEnd
  /** The most the peer may have on the way, and the most of it in one packet. */
  readonly windowBytes: number
  readonly packetBytes: number
  readonly role: Role
  /** Both sides have said CLOSE: the id may be forgotten. */
  readonly onForgotten: () => void
}

/**
 * One channel of RFC 4254 §5, either side.
 *
 * Kept true at every step: never more is sent than the peer's window and packet size allow, never more
 * is held than the window we gave, nothing follows EOF but requests, nothing at all follows CLOSE.
 */
export class Channel {
  readonly input: Inbox
  readonly errorInput: Inbox
  readonly output: Outbox
  readonly errorOutput: Outbox
  /** Resolves when the peer has closed the channel or the connection is gone. */
  readonly gone: Promise<void>
  onRequest: (request: ChannelRequestMessage) => void = request => request.fail()

  readonly #around: Surroundings
  readonly #answers: ((succeeded: boolean) => void)[] = []
  #sendWindow: number
  #receiveWindow: number
  /** Read by us and not yet given back to the peer as window. */
  #credit = 0
  #isWaitingForTransport = false
  #hasSentEof = false
  #hasSentClose = false
  #isGone = false
  readonly #goneMark = deferred<void>()

  constructor(around: Surroundings) {
    this.#around = around
    this.#sendWindow = around.peer.window
    this.#receiveWindow = around.windowBytes
    this.gone = this.#goneMark.promise
    const onRead = (bytes: number): void => this.#giveBack(bytes)
    this.input = new Inbox(onRead)
    this.errorInput = new Inbox(onRead)
    // A server's EOF comes after its exit status, so only a client's output ends by itself.
    const onEnd = around.role === 'client' ? (): void => this.sendEof() : (): void => undefined
    this.output = new Outbox(() => this.#pump(), onEnd)
    this.errorOutput = new Outbox(
      () => this.#pump(),
      () => undefined,
    )
  }

  get isGone(): boolean {
    return this.#isGone
  }

  sendEof(): void {
    if (this.#hasSentEof || this.#hasSentClose || this.#isGone) return
    this.#hasSentEof = true
    this.#send(MESSAGE.channelEof)
  }

  close(): void {
    if (this.#hasSentClose || this.#isGone) return
    this.#hasSentClose = true
    this.#send(MESSAGE.channelClose)
    this.#stopSending('the channel is closed')
  }

  /** Sends a request that asks for no answer. */
  announce(type: string, ...data: readonly Uint8Array[]): void {
    if (this.#hasSentClose || this.#isGone) return
    this.#send(MESSAGE.channelRequest, string(type), byte(0), ...data)
  }

  /** Sends a request and resolves with the peer's answer; a channel that closes instead means no. */
  ask(type: string, ...data: readonly Uint8Array[]): Promise<boolean> {
    if (this.#hasSentClose || this.#isGone) return Promise.resolve(false)
    this.#send(MESSAGE.channelRequest, string(type), byte(1), ...data)
    return new Promise(resolve => this.#answers.push(resolve))
  }

  // ---- what the peer says, in the words of RFC 4254 §5 ----

  receiveData(bytes: Uint8Array): void {
    this.#useWindow(bytes.length)
    this.input.receive(bytes)
  }

  receiveExtendedData(kind: number, bytes: Uint8Array): void {
    this.#useWindow(bytes.length)
    // A client has no standard error to send us, and no other kind exists: counted, then dropped.
    if (kind === STDERR && this.#around.role === 'client') this.errorInput.receive(bytes)
    else this.#giveBack(bytes.length)
  }

  receiveWindowAdjust(bytes: number): void {
    this.#sendWindow += bytes
    if (this.#sendWindow > MAX_WINDOW) throw new ProtocolFault('window grown beyond 4 GiB')
    this.#pump()
  }

  receiveEof(): void {
    this.input.finish()
    this.errorInput.finish()
  }

  receiveClose(): void {
    this.close()
    this.#end()
    this.#around.onForgotten()
  }

  receiveRequest(type: string, wantsReply: boolean, data: Buffer): void {
    let isAnswered = !wantsReply
    const answer = (message: number): void => {
      if (isAnswered || this.#hasSentClose || this.#isGone) return
      isAnswered = true
      this.#send(message)
    }
    this.onRequest({
      type,
      wantsReply,
      data,
      succeed: () => answer(MESSAGE.channelSuccess),
      fail: () => answer(MESSAGE.channelFailure),
    })
  }

  receiveAnswer(succeeded: boolean): void {
    this.#answers.shift()?.(succeeded)
  }

  /** The connection is gone and will bring no CLOSE. */
  abandon(): void {
    this.#end()
  }

  #end(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.receiveEof()
    this.#stopSending('the peer closed the channel')
    for (const answer of this.#answers.splice(0)) answer(false)
    this.#goneMark.resolve()
  }

  #stopSending(why: string): void {
    for (const outbox of [this.errorOutput, this.output]) {
      if (!outbox.writableFinished) outbox.destroy(new Error(why))
    }
  }

  #useWindow(bytes: number): void {
    if (bytes > this.#around.packetBytes) throw new ProtocolFault('a packet larger than we take')
    if (bytes > this.#receiveWindow) throw new ProtocolFault('more data than the window allows')
    this.#receiveWindow -= bytes
  }

  /** Window goes back in quarters: fewer messages than one for each read, and the pipe never runs dry. */
  #giveBack(bytes: number): void {
    this.#credit += bytes
    if (this.#credit < this.#around.windowBytes / 4 || this.#hasSentClose || this.#isGone) return
    const credit = this.#credit
    this.#credit = 0
    this.#receiveWindow += credit
    this.#send(MESSAGE.channelWindowAdjust, uint32(credit))
  }

  #pump(): void {
    this.#sendFrom(this.errorOutput, [MESSAGE.channelExtendedData, STDERR])
    this.#sendFrom(this.output, [MESSAGE.channelData])
  }

  #sendFrom(outbox: Outbox, [message, kind]: readonly [number, number?]): void {
    const { transport, peer } = this.#around
    while (outbox.pendingBytes > 0) {
      if (this.#hasSentEof || this.#hasSentClose || this.#isGone || this.#sendWindow === 0) return
      if (transport.isCongested()) return this.#waitForTransport()
      const bytes = outbox.take(Math.min(this.#sendWindow, peer.maxPacketBytes))
      this.#sendWindow -= bytes.length
      if (kind === undefined) this.#send(message, uint32(bytes.length), bytes)
      else this.#send(message, uint32(kind), uint32(bytes.length), bytes)
    }
    outbox.settle()
  }

  #waitForTransport(): void {
    if (this.#isWaitingForTransport) return
    this.#isWaitingForTransport = true
    this.#around.transport.onceClear(() => {
      this.#isWaitingForTransport = false
      this.#pump()
    })
  }

  #send(message: number, ...parts: readonly Uint8Array[]): void {
    this.#around.transport.send(byte(message), uint32(this.#around.peer.id), ...parts)
  }
}
