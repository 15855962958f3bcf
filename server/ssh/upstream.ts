import { connect } from 'node:net'
import ssh2, { type ConnectConfig } from 'ssh2'
import type { Limits } from '../config/limits.ts'
import type { Target } from '../core/access.ts'
import type { TargetConnection, TargetDialFault, Targetward } from '../core/ports/channels.ts'
import { type Clock, nowSeconds } from '../core/ports/deciding.ts'
import type { Result } from '../core/result.ts'
import { TARGET_ALGORITHMS } from './algorithms.ts'
import { Multiplexer } from './connection/multiplexer.ts'
import { deferred } from './deferred.ts'
import {
  type HostVerdict,
  judgeHostKey,
  orderOfHostKeys,
  readTrust,
  type Trust,
} from './host-trust.ts'
import { KEEPALIVE_TERMS, type KeepaliveTerms } from './keepalive.ts'
import { carryConnection } from './repairs/connection-protocol.ts'
import { type RekeyTerms, rekeyNowAndThen } from './rekey.ts'
import { expectHostCertificate, verifyWithCertifiedKey } from './repairs/host-certificates.ts'
import { pacePackets } from './packet-pace.ts'
import { installRepairs, repairConnection } from './repairs/install.ts'
import { openProgram } from './target-channel.ts'
import { explainDialFault, type Ssh2Error } from './dial-fault.ts'
import { type OwnCredentials, prepareLogin, type TargetLogin } from './target-login.ts'
import { type Ssh2Peer, transportOver } from './transport.ts'
import { SOFTWARE } from './turn-away.ts'

export interface TargetwardOptions extends OwnCredentials {
  readonly limits: Pick<
    Limits,
    'targetConnectSeconds' | 'targetWindowBytes' | 'packetBytes' | 'leastPacketBytes'
  >
  readonly clock: Pick<Clock, 'nowMs'>
  /** For tests; connections get fresh keys seldom. */
  readonly rekey?: RekeyTerms
  /** For tests; a connection usually has minutes. */
  readonly keepalive?: KeepaliveTerms
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/** Connects to targets with keys that the agent never sees, and only to hosts that prove who they are. */
export function createTargetward(options: TargetwardOptions): Targetward {
  installRepairs()
  return {
    async dial(target, userName, errand) {
      const trust = readTrust(target)
      if (!trust.ok) return unreachable(`the host key on record cannot be read: ${trust.fault}`)
      const login = await prepareLogin(target.credential, userName, errand, options)
      if (!login.ok) return unreachable(login.fault)
      return dial(target, userName, trust.value, login.value, options)
    },
  }
}

function dial(
  target: Target,
  userName: string,
  trust: Trust,
  login: TargetLogin,
  options: TargetwardOptions,
): Promise<Result<TargetConnection, TargetDialFault>> {
  const { limits, log, clock, keepalive = KEEPALIVE_TERMS } = options
  const dialled = deferred<Result<TargetConnection, TargetDialFault>>()
  const closed = deferred<string>()
  const client = new ssh2.Client()
  const socket = connect({ host: target.host, port: target.port, noDelay: true })
  let host: HostVerdict | null = null
  let isLoggingIn = false
  let stopRekeying = (): void => undefined
  let lastFault = 'the target closed the connection'

  const giveUp = (fault: string): void => {
    dialled.resolve(unreachable(fault, host?.fingerprint ?? null))
    socket.destroy()
  }
  const deadline = setTimeout(
    () => giveUp(`no answer within ${limits.targetConnectSeconds} s`),
    limits.targetConnectSeconds * 1000,
  )

  client.on('error', error => {
    lastFault = host?.isTrusted === false ? host.fault : explainFault(error, login, isLoggingIn)
    log(`target ${target.name}: ${error.message}`, {})
    giveUp(lastFault)
  })
  client.on('close', () => {
    clearTimeout(deadline)
    stopRekeying()
    giveUp(lastFault)
    multiplexer.abandon()
    closed.resolve(lastFault)
  })
  client.on('ready', () => {
    clearTimeout(deadline)
    isLoggingIn = false
    stopRekeying = rekeyNowAndThen(
      peer,
      () => {
        lastFault = 'the target exchanges keys again and again'
        socket.destroy()
      },
      options.rekey,
    )
    const address = `${socket.remoteAddress ?? target.host}:${socket.remotePort ?? target.port}`
    dialled.resolve({
      ok: true,
      value: {
        address,
        hostKeyFingerprint: host?.fingerprint ?? '',
        version: remoteVersion(client),
        certificateSerial: login.serial(),
        exec: (command, program) => openProgram(multiplexer, command, program),
        closed: closed.promise,
        close: () => {
          client.end()
          socket.destroySoon()
        },
      },
    })
  })

  client.connect({
    sock: socket,
    username: userName,
    ident: SOFTWARE,
    // Ours is the deadline: ssh2's would leave the socket behind.
    readyTimeout: 0,
    keepaliveInterval: keepalive.everyMs,
    keepaliveCountMax: keepalive.missed,
    algorithms: {
      ...structuredClone(TARGET_ALGORITHMS),
      serverHostKey: orderOfHostKeys(trust),
    } as never,
    // Asked at every key exchange, so a host cannot change its key in the middle either.
    hostVerifier: (blob: Buffer) => {
      host = judgeHostKey(blob, trust, nowSeconds(clock))
      if (!host.isTrusted) return false
      if (host.certificate !== null) verifyWithCertifiedKey(peer._protocol, host.certificate)
      return true
    },
    // What ssh2's types leave out: `false` means that there is nothing more to offer.
    authHandler: (_left: unknown, _partial: unknown, offer: (next: never) => void) => {
      isLoggingIn = true
      login.next(peer._protocol, socket.localAddress).then(
        method => offer(method as never),
        (error: unknown) => giveUp(`the bastion could not make a credential: ${String(error)}`),
      )
    },
  } satisfies ConnectConfig)

  const peer = client as unknown as Ssh2Peer // ssh2's types hide what its objects have
  const multiplexer = new Multiplexer(transportOver(peer), {
    role: 'client',
    // A target has nothing to open here: no agent, no X11, no forwards were asked for.
    bounds: { ...limits, windowBytes: limits.targetWindowBytes, channels: 0 },
    onOpen: opening => opening.refuse(1, 'nothing was asked for'),
    onGlobalRequest: () => false,
  })
  peer.once('handshake', () => pacePackets(peer, null))
  repairConnection(peer._protocol)
  expectHostCertificate(peer._protocol)
  carryConnection(peer._protocol, multiplexer)
  return dialled.promise
}

function unreachable(
  fault: string,
  hostKeyFingerprint: string | null = null,
): { ok: false; fault: TargetDialFault } {
  return { ok: false, fault: { fault, hostKeyFingerprint } }
}

function remoteVersion(client: ssh2.Client): string {
  const { _remoteVer: version } = client as unknown as { _remoteVer?: string }
  return (version ?? '').slice(0, 255)
}

/** What went wrong, and what to do about it, for the agent and the operator alike. */
function explainFault(error: Ssh2Error, login: TargetLogin, isLoggingIn: boolean): string {
  // The number of a disconnect message: some targets hang up at the first or second refusal.
  const isSentAway = isLoggingIn && typeof error.code === 'number'
  const isRefused = error.level === 'client-authentication' || isSentAway
  // ssh2's own words would be "Keepalive timeout".
  if (error.level === 'client-timeout') return 'it does not answer any more'
  return isRefused ? login.whenRefused : explainDialFault(error)
}
