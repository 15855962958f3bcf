import type { Socket } from 'node:net'
import ssh2 from 'ssh2'
import type { Identity, Target } from '../core/access.ts'
import { identityWithinJump } from '../core/certificate/jump.ts'
import type { InnerConnection, Jump } from './agent-connection.ts'
import { CLIENT_ALGORITHMS } from './algorithms.ts'
import { ChannelSocket } from './channel-socket.ts'
import type { Channel } from './connection/channel.ts'
import { deferred } from './deferred.ts'
import { forServer, readHostKeys } from './host-keys.ts'
import type { PacketPace } from './packet-pace.ts'
import type { RefusalTally } from './refusal-tally.ts'
import type { Ssh2Peer } from './transport.ts'
import { SOFTWARE } from './turn-away.ts'
import { type Banner, type Guest, welcome, type WelcomeOptions } from './welcome.ts'

/** How often it is looked whether the certificate that somebody came in with is still good. */
const LOOK_MS = 500

export interface JumpOptions {
  /** The registered target of this name, whatever the port, or of exactly this address and port. */
  find(host: string, port: number): Promise<Target | null>
  /** Host certificates for these names, one for each host key that has one. */
  certifyHost(names: readonly string[]): readonly Uint8Array[]
}

/** Somebody who has logged in and jumps on from there. */
export interface Jumper {
  readonly identity: Identity
  readonly address: string
  readonly pace: PacketPace
  /** Each jump costs a key exchange and host certificates, so each counts as a login does. */
  readonly whyNotNow: Jump['whyNotNow']
  /** False once the certificate was revoked or has expired. */
  isStillGood(): boolean
}

/**
 * The second door of a jump: `ssh -J bastion login@target` asks for a connection to the target and speaks
 * SSH to whatever is at its other end. That is not the target but this server, in memory, which shows a
 * host certificate for the target's name and hands what it hears to a visit like any other.
 */
export function openInnerFront(
  privateKeys: () => readonly (string | Buffer)[],
  jump: JumpOptions,
  refusals: RefusalTally,
  options: WelcomeOptions,
): (jumper: Jumper) => Jump {
  const { limits } = options.config
  const arriving = new Map<ChannelSocket, (connection: ssh2.Connection, info: Banner) => void>()
  // The names come with each connection; ssh2 only has to know that there are certificates.
  const anyHost = readHostKeys(privateKeys(), jump.certifyHost([SOFTWARE.toLowerCase()]))
  const ssh = new ssh2.Server(
    {
      hostKeys: forServer(anyHost),
      algorithms: structuredClone(CLIENT_ALGORITHMS) as never,
      ident: SOFTWARE,
    } as ssh2.ServerConfig,
    (connection, { header }) => {
      const socket = (connection as unknown as Ssh2Peer)._sock as ChannelSocket
      arriving.get(socket)?.(connection, header)
    },
  )

  return jumper => ({
    whyNotNow: jumper.whyNotNow,
    async to(host, port) {
      const target = await jump.find(host, port)
      return target === null ? null : channel => enter(channel, host, target, jumper)
    },
  })

  function enter(channel: Channel, host: string, target: Target, jumper: Jumper): InnerConnection {
    const over = deferred<void>()
    const socket = new ChannelSocket(channel, jumper.address)
    let guest: Guest | null = null
    const dismiss = (sentence: string): void => {
      if (guest === null) socket.destroy()
      else guest.dismiss(sentence)
    }
    const deadline = setTimeout(
      () => dismiss(`sallyport: no login within ${limits.loginGraceSeconds} s; connect again`),
      limits.loginGraceSeconds * 1000,
    )
    const look = setInterval(() => {
      if (jumper.isStillGood()) return
      dismiss(
        'sallyport: session ended: the certificate that you came in with is not good any more',
      )
    }, LOOK_MS).unref()

    arriving.set(socket, (connection, banner) => {
      guest = welcome(
        connection,
        connection as unknown as Ssh2Peer,
        {
          address: jumper.address,
          banner,
          restrict: identity => identityWithinJump(jumper.identity, identity),
          userName: login => `${login}+${target.name}`,
          jump: null,
          hostKeys: readHostKeys(
            privateKeys(),
            jump.certifyHost([...new Set([host, target.name])]),
          ),
          knownKeys: null,
          refusals,
          onHandshake: () => undefined,
          onLogin: () => {
            clearTimeout(deadline)
            return { ok: true, value: jumper.pace }
          },
        },
        options,
      )
    })
    socket.once('close', () => {
      clearTimeout(deadline)
      clearInterval(look)
      arriving.delete(socket)
      void (guest?.settle() ?? Promise.resolve()).then(over.resolve)
    })
    // ssh2 wants of a socket what a Duplex has, and its address.
    ssh.injectSocket(socket as unknown as Socket)
    return { agent: () => guest?.agent() ?? null, dismiss, over: over.promise }
  }
}
