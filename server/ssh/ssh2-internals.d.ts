/**
 * The parts of ssh2 1.17.0 that its public API hides and that we stand on. `library.ts` asserts the
 * version at start, so these shapes cannot drift away beneath us unnoticed.
 */

declare module 'ssh2/lib/protocol/handlers.js' {
  import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
  type MessageHandler = (protocol: Protocol, payload: Buffer) => unknown
  /** One handler per SSH message number; ssh2 looks it up for every packet, so an entry can be replaced. */
  const handlers: (MessageHandler | undefined)[]
  export default handlers
  export type { MessageHandler }
}

declare module 'ssh2/lib/protocol/Protocol.js' {
  interface PacketWriter {
    readonly allocStart: number
    readonly allocStartKEX: number
    alloc(payloadLength: number, evenDuringKeyExchange: boolean): Buffer
    finalize(packet: Buffer, evenDuringKeyExchange: boolean): Buffer
  }
  interface Negotiated {
    kex: string
    serverHostKey: string
  }
  /** One exchange; its class depends on the algorithm. */
  export interface KeyExchange {
    readonly _protocol: Protocol
    sessionID: Buffer | undefined
    negotiated: Negotiated
    remoteExtInfoEnabled: boolean
    _hostKey: Buffer | undefined
    _remoteKexinit: Buffer
    start(): void
    generateKeys(): void
    /** What goes to the peer. */
    getPublicKey(): Buffer
    /** What came from the peer, as it goes into the exchange hash. */
    convertPublicKey(key: Buffer): Buffer
    computeSecret(theirs: Buffer): Buffer | Error
  }
  export interface HostKey {
    type: string
    getPublicSSH(): Buffer
    sign(data: Buffer, algorithm?: string): Buffer | Error
  }
  interface Decipher {
    readonly inSeqno: number
    _onPayload: (payload: Buffer) => unknown
  }
  export interface Protocol {
    readonly _server: boolean
    /** What we offer in a key exchange. */
    readonly _offer: {
      readonly lists: {
        readonly kex: { readonly array: readonly string[] }
        readonly serverHostKey: { readonly array: readonly string[] }
      }
    }
    readonly _packetRW: { write: PacketWriter; read: { read: (packet: Buffer) => Buffer } }
    /** Our KEXINIT while a key exchange is under way; packets sent meanwhile wait in `_queue`. */
    readonly _kexinit: Buffer | undefined
    readonly _queue: Buffer[] | undefined
    readonly _kex: KeyExchange | undefined
    _decipher: Decipher | undefined
    _onPayload: (payload: Buffer) => unknown
    _onHandshakeComplete: (...negotiated: unknown[]) => void
    _hostKeys: Record<string, HostKey>
    _hostVerifier:
      | ((key: Buffer, answer: (accepted: boolean) => void) => boolean | undefined)
      | undefined
    /** Undefined once the connection cannot be used any more. */
    readonly _destruct: ((reason?: string) => void) | undefined
    readonly _authsQueue: string[]
    readonly _authenticated: boolean
    /** Per connection: what ssh2's server does about a message once it has read it. */
    readonly _handlers: { SERVICE_REQUEST: (protocol: Protocol, service: string) => void }
    serviceAccept(service: string): void
    /** Asks whether a key would do, or proves it when `signing` is given. */
    authPK: (userName: string, key: unknown, algorithm: unknown, signing?: unknown) => void
    rekey(): void
  }
}

declare module 'ssh2/lib/protocol/utils.js' {
  import type { Protocol } from 'ssh2/lib/protocol/Protocol.js'
  const utils: {
    sendPacket(protocol: Protocol, packet: Buffer, evenDuringKeyExchange?: boolean): boolean
    doFatalError(protocol: Protocol, message: string): number
    /** From what OpenSSL makes to what SSH carries. */
    convertSignature(signature: Buffer, keyType: string): Buffer
  }
  export default utils
}

declare module 'ssh2/lib/protocol/crypto.js' {
  const crypto: { readonly bindingAvailable: boolean }
  export default crypto
}

declare module 'ssh2/lib/protocol/constants.js' {
  /** Names that an algorithm list may contain; ssh2 refuses to start with any other. */
  const constants: {
    readonly SUPPORTED_SERVER_HOST_KEY: string[]
    readonly SUPPORTED_KEX: string[]
  }
  export default constants
}
