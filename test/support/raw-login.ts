import ssh2 from 'ssh2'
import { WireWriter } from '../../server/core/ssh-wire/writer.ts'

/** One `publickey` request, byte for byte as the caller wants it. */
export interface RawOffer {
  readonly algorithm: string
  readonly blob: Uint8Array
  /** Null only asks whether the key would do, and never proves that we hold it. */
  readonly sign: ((signedBytes: Uint8Array) => Uint8Array) | null
}

export interface RawServer {
  readonly host: string
  readonly port: number
  readonly login: string
  /** The loopback address to come from. */
  readonly localAddress?: string
}

/** What happened, and the same bytes for somebody else to judge. */
export interface RawLogin {
  readonly isAccepted: boolean
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

/** The parts of ssh2's client that a request needs which no honest client would send. */
interface Insides {
  readonly _protocol: {
    readonly _kex: { readonly sessionID: Uint8Array }
    readonly _authsQueue: string[]
    readonly _packetRW: {
      readonly write: {
        readonly allocStart: number
        alloc(length: number): Buffer
        finalize(packet: Buffer): Buffer
      }
    }
    readonly _cipher: { encrypt(packet: Buffer): void }
  }
}

const USERAUTH_REQUEST = 50

/**
 * Logs in with one request that no client would check first: `ssh` itself drops certificates that it
 * cannot read or that are not signed.
 */
export async function logInRaw(server: RawServer, offer: RawOffer): Promise<RawLogin> {
  const client = new ssh2.Client()
  const insides = client as unknown as Insides
  let signedBytes: Uint8Array = new Uint8Array()
  let signature: Uint8Array = new Uint8Array()
  let attempts = 0
  try {
    const isAccepted = await new Promise<boolean>((resolve, reject) => {
      client.on('ready', () => resolve(true))
      client.on('error', reject)
      client.on('close', () => resolve(false))
      client.connect({
        host: server.host,
        port: server.port,
        username: server.login,
        ...(server.localAddress === undefined ? {} : { localAddress: server.localAddress }),
        authHandler: (_left, _partial, next) => {
          attempts += 1
          if (attempts === 1) next({ type: 'none', username: server.login })
          else if (attempts > 2) resolve(false)
          else sendRequest(insides)
        },
      })
    })
    return { isAccepted, signedBytes, signature }
  } finally {
    client.end()
    client.destroy()
  }

  function sendRequest({ _protocol }: Insides): void {
    const request = new WireWriter()
      .byte(USERAUTH_REQUEST)
      .string(server.login)
      .string('ssh-connection')
      .string('publickey')
      .byte(offer.sign === null ? 0 : 1)
      .string(offer.algorithm)
      .string(offer.blob)
    if (offer.sign !== null) {
      signedBytes = new WireWriter().string(_protocol._kex.sessionID).raw(request.bytes()).bytes()
      signature = new Uint8Array(offer.sign(signedBytes))
      request.string(signature)
    }
    send(_protocol, request.bytes())
    // A key that would do is answered with PK_OK. Whoever then asks for a login without a signature gets none.
    if (offer.sign === null) {
      const none = new WireWriter().byte(USERAUTH_REQUEST).string(server.login)
      send(_protocol, none.string('ssh-connection').string('none').bytes())
    }
  }
}

function send(protocol: Insides['_protocol'], payload: Uint8Array): void {
  protocol._authsQueue.push('publickey')
  const { write } = protocol._packetRW
  const packet = write.alloc(payload.length)
  packet.set(payload, write.allocStart)
  protocol._cipher.encrypt(write.finalize(packet))
}
