import type { Config } from './config.ts'
import { type Clock, type Judge, nowSeconds } from './core/ports/deciding.ts'
import { guardOwnPaths } from './demo/guard-own-paths.ts'
import type { KeysInUse } from './keys-in-use.ts'
import { makeTargetCredential } from './keys/target-credential.ts'
import type { LogLine } from './operations/log.ts'
import type { Metrics } from './operations/metrics.ts'
import { timeCommits } from './operations/timed-evidence.ts'
import { openPolicies } from './policies/open-policies.ts'
import type { Surroundings } from './session/surroundings.ts'
import { createTargetward } from './ssh/upstream.ts'
import type { Store } from './store/store.ts'

interface Parts {
  readonly config: Config
  readonly store: Store
  readonly judge: Judge
  readonly inUse: KeysInUse
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: LogLine
}

/** The world as a session sees it. */
export function wireSession(parts: Parts): Surroundings {
  const { config, store, judge, inUse, metrics, clock, log } = parts
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
        return inUse.keys.upstreamPrivateKey
      },
      certify: (terms, kind) =>
        makeTargetCredential(inUse.keys.targetCa, terms, kind, nowSeconds(clock)),
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
