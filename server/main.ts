import { resolve } from 'node:path'
import type { Config } from './config.ts'
import type { ListenAddress } from './config/address.ts'
import { hostNames } from './config/ssh-places.ts'
import { type Identity, NAME, type Target } from './core/access.ts'
import { Begun } from './core/begun.ts'
import { type UserTrust, whyDistrusted } from './core/certificate/check-user.ts'
import { type Network, parseSourceAddresses } from './core/certificate/source-address.ts'
import { readUserCas, type UserCa } from './core/certificate/user-ca.ts'
import type { Clock } from './core/ports/deciding.ts'
import type { Refusal } from './core/verdict.ts'
import { guardOwnPaths } from './demo/guard-own-paths.ts'
import { startHttp } from './http/server.ts'
import { followKeys } from './keys/follow-keys.ts'
import { certifyHostKey } from './keys/host-certificate.ts'
import { hostCas, type Keys, openKeys } from './keys/open-keys.ts'
import { makeTargetCredential } from './keys/target-credential.ts'
import { followTrust, type Trust } from './keys/trust.ts'
import { clockCheck, freeSpaceCheck } from './operations/health.ts'
import type { LogLine } from './operations/log.ts'
import { createMetrics } from './operations/metrics.ts'
import { timeCommits } from './operations/timed-evidence.ts'
import { openPolicies } from './policies/open-policies.ts'
import { openReception } from './session/reception.ts'
import type { Surroundings } from './session/surroundings.ts'
import { type HostProof, startFront } from './ssh/front.ts'
import { isNativeCryptoInUse } from './ssh/library.ts'
import { watchRepairs } from './ssh/repairs/acted.ts'
import { createTargetward } from './ssh/upstream.ts'
import { openStore } from './store/open.ts'
import type { Store } from './store/store.ts'
import { startJudge } from './workers/judge.ts'

/** A bastion that serves. `store` is for whoever started it: the demonstration target. */
export interface ServingNode {
  readonly id: string
  readonly ssh: ListenAddress & {
    /** One authorized_keys-style line. */
    readonly hostKey: string
    /** The same of each CA whose host certificates clients may believe. */
    readonly hostCas: readonly string[]
  }
  readonly http: { readonly url: string }
  readonly store: Store
  /** Refuses newcomers, waits so long for running sessions, ends them with a reason, stops. */
  stop(reason: string, drainSeconds: number): Promise<void>
}

const STOPPING: Refusal = { because: 'node-stopping' }
const STOPPING_SENTENCE = 'sallyport: the bastion is stopping; reconnect in a moment'
/** Well before they end, and often enough that a machine that slept catches up. */
const HOST_CERTIFICATE_RENEWAL_MS = 24 * 3600_000
/** How often a draining node looks whether its last session is over. */
const DRAIN_LOOK_MS = 100

interface Outside {
  readonly log: LogLine
  readonly version: string
}

/** Rejects when something cannot be opened, once everything that was is closed again. */
export async function serve(config: Config, outside: Outside): Promise<ServingNode> {
  const opened = new Begun()
  try {
    return await wire(config, outside, opened)
  } catch (error) {
    const { log } = outside
    return opened.failed(error, fault => log(`not everything could be closed again: ${fault}`, {}))
  }
}

/** Wires the parts, in the order in which they need each other. */
async function wire(
  config: Config,
  { log, version }: Outside,
  opened: Begun,
): Promise<ServingNode> {
  const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
  const metrics = createMetrics()
  const nativeCrypto = isNativeCryptoInUse()
  if (!nativeCrypto) log('ssh2 runs without its native crypto: slower, otherwise the same', {})

  let keys = await openKeys(config.keys)
  const store = await openStore(config, { node: { version, nativeCrypto }, clock, log })
  opened.add(reason => store.close(reason))
  for (const { name, fingerprint } of keys.made) {
    await store.journal.record({ kind: 'key-made', name, fingerprint })
  }
  opened.add(watchRepairs(repair => metrics.repaired(repair)))
  metrics.watchSpoolBytes(() => store.health().spoolBytes)
  metrics.watchQueueDepth('decisions', () => store.health().waitingDecisions)
  metrics.watchQueueDepth('chunks', () => store.health().waitingChunks)

  let trust = believe(keys.trust)
  const userTrust: UserTrust = {
    get cas() {
      return trust.cas
    },
    isRevoked: certificate =>
      trust.isListed(certificate) || store.endings.isCertificateRevoked(certificate),
  }
  store.endings.distrust(lostTrust)
  const keepsOld = (fault: string): void =>
    log(`the keys folder cannot be followed, so what it said before holds: ${fault}`, {})
  const follow = (changed: Trust): void => {
    trust = believe(changed)
    store.endings.distrust(lostTrust)
  }
  opened.add(followTrust(keys.folder, follow, keepsOld))
  const judge = startJudge({
    onTrouble: (trouble, detail) => {
      metrics.refused(`judge-${trouble}`)
      log(`a line was not judged and so refused: ${detail}`, {})
    },
  })
  opened.add(() => judge.close())
  const reception = openReception(surroundingsOf())
  metrics.watchLiveSessions(() => reception.live())
  let { hostKeys } = keys
  const front = await startFront({
    config,
    ...hostProof(hostNames(config)),
    jump: { find: findJumpTarget, certifyHost: names => hostProof(names).hostCertificates },
    balancers: networksOf(config.balancers),
    trust: userTrust,
    openVisit: reception.open,
    journal: store.journal,
    clock,
    log,
    count: (what, why) => {
      if (what.endsWith('refused')) metrics.refused(why)
    },
  })
  opened.add(async () => {
    // Programs that are ended speak their last words while the front closes.
    await Promise.all([reception.endAll(STOPPING), front.close(STOPPING_SENTENCE)])
  })
  const takeUp = (changed: Keys): void => {
    keys = changed
    // What the new user CA signs must be believed by the time it signs.
    follow(changed.trust)
    proveHostAnew()
  }
  opened.add(followKeys(keys, takeUp, keepsOld))
  const renewing = setInterval(proveHostAnew, HOST_CERTIFICATE_RENEWAL_MS).unref()
  opened.add(() => clearInterval(renewing))
  const http = await startHttp({
    config: config.http,
    archive: store.archive,
    signIns: store.signIns,
    people: config.people,
    tokens: {
      issuers: config.issuers,
      otherAgents: config.userCas.flatMap(({ agents }) => Object.values(agents)),
      userCa: () => keys.userCa,
      certificates: store.certificates,
      limits: {
        perMinute: config.limits.certificatesPerMinute,
        perMinutePerAddress: config.limits.certificatesPerMinutePerAddress,
      },
    },
    ssh: () => ({
      host: config.publicSsh[0]?.host ?? null,
      port: config.publicSsh[0]?.port ?? front.address.port,
      hostKeys: hostKeys.map(({ publicKeyLine }) => publicKeyLine),
      hostCas: hostCas(keys).map(({ publicKeyLine }) => publicKeyLine),
    }),
    journal: store.journal,
    clock,
    checks: {
      ...store.checks,
      disk: freeSpaceCheck(config.home),
      clock: clockCheck(
        () => clock.nowMs(),
        () => store.databaseNowMs(),
      ),
    },
    metrics,
    log,
    // Run from the sources, the page is still the one that was built.
    assetsFolder: resolve(
      import.meta.dirname,
      import.meta.filename.endsWith('.ts') ? '../dist/replay-ui' : '../replay-ui',
    ),
  })
  opened.add(() => http.close())

  return {
    id: store.nodeId,
    ssh: {
      ...front.address,
      hostKey: hostKeys[0]?.publicKeyLine ?? '',
      hostCas: hostCas(keys).map(({ publicKeyLine }) => publicKeyLine),
    },
    http: { url: http.url },
    store,
    stop,
  }

  /** What the bastion proves to be one of these names with. */
  function hostProof(names: readonly string[]): HostProof {
    const now = BigInt(Math.floor(clock.nowMs() / 1000))
    return {
      hostKeys: hostKeys.map(({ privateKey }) => privateKey),
      nextHostKeys: keys.nextHostKeys.map(({ privateKey }) => privateKey),
      hostCertificates: hostKeys.map(({ publicKey }) =>
        certifyHostKey(publicKey, names, keys.hostCa, now),
      ),
    }
  }

  /** With fresh certificates, and with fresh keys where they were rotated. */
  function proveHostAnew(): void {
    const before = hostKeys
    hostKeys = keys.hostKeys
    if (front.replaceHostKeys(hostProof(hostNames(config)))) return
    log('the host keys are of other types than before; restart the bastion to use them', {})
    hostKeys = before
    front.replaceHostKeys(hostProof(hostNames(config)))
  }

  /** What `ssh -J` asks for: a target by its name, whatever the port, or by its exact address and port. */
  async function findJumpTarget(host: string, port: number): Promise<Target | null> {
    const named = NAME.test(host) ? await store.targets.find(host) : null
    return named ?? store.targets.findByAddress(host, port)
  }

  function believe({ isListed, userCas }: Trust): {
    cas: readonly UserCa[]
    isListed: Trust['isListed']
  } {
    const read = readUserCas(userCas, config.userCas)
    if (!read.ok) throw new Error(read.fault.join('\n'))
    return { cas: read.value, isListed }
  }

  /** Why a live session's certificate counts no more, after its CA or a revocation list said so. */
  function lostTrust(identity: Identity): Refusal | null {
    const why = whyDistrusted(identity, userTrust, BigInt(Math.floor(clock.nowMs() / 1000)))
    if (why === null) return null
    return { because: why === 'revoked' ? 'certificate-revoked' : why }
  }

  function surroundingsOf(): Surroundings {
    const guarded = guardOwnPaths(judge, [config.home, config.keys])
    return {
      clock,
      judge: {
        async judge(line, context) {
          const begunAtMs = clock.monotonicMs()
          const judgement = await guarded.judge(line, context)
          metrics.judged(clock.monotonicMs() - begunAtMs)
          return judgement
        },
      },
      policies: openPolicies(config.policies),
      grants: store.grants,
      targets: store.targets,
      counter: {
        grants: store.grants,
        requests: store.requests,
        pace: {
          burst: config.limits.counterQuestions,
          everyMs: config.limits.counterQuestionSeconds * 1000,
        },
      },
      evidence: timeCommits(store.evidence, clock, ms => metrics.committed(ms)),
      endings: store.endings,
      journal: store.journal,
      lines: store.lines,
      targetward: createTargetward({
        limits: config.limits,
        clock,
        get upstreamKey() {
          return keys.upstreamPrivateKey
        },
        certify: (terms, kind) =>
          makeTargetCredential(
            keys.targetCa,
            terms,
            kind,
            BigInt(Math.floor(clock.nowMs() / 1000)),
          ),
        log,
      }),
      stdinRecordedBytes: config.limits.stdinRecordedBytes,
      log,
      count: (what, why) => {
        if (what === 'refused') metrics.refused(why)
        else metrics.decided(what === 'allowed' ? 'allow' : what === 'asked' ? 'ask' : 'deny')
      },
    }
  }

  async function stop(reason: string, drainSeconds: number): Promise<void> {
    log(`stopping: ${reason}`, { liveSessions: reception.live() })
    front.drain(STOPPING_SENTENCE)
    const deadline = clock.monotonicMs() + drainSeconds * 1000
    while (reception.live() > 0 && clock.monotonicMs() < deadline) {
      await new Promise(wake => setTimeout(wake, DRAIN_LOOK_MS))
    }
    await opened.end(reason)
    log('stopped', {})
  }
}

/** Checked when the configuration was read; one that cannot be read after all is nobody's network. */
function networksOf(balancers: readonly string[]): Network[] {
  return balancers.flatMap(balancer => {
    const networks = parseSourceAddresses(balancer)
    return networks.ok ? networks.value : []
  })
}
