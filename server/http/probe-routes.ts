import type { Clock } from '../core/ports/deciding.ts'
import { json, NO_STORE, type Answer } from './answer.ts'
import type { Route } from './router.ts'

/** One thing the node needs. Resolves with why it is not there, in words for the operator. */
export type Check = () => Promise<{ ok: true } | { ok: false; why: string }>

/** A check that has not answered by then is failing; a load balancer asks every few seconds. */
const CHECK_DEADLINE_MS = 2_000

/** Anybody may ask, as often as they like; the database is asked once in this time. */
const SAME_ANSWER_MS = 1000

export interface HttpMetrics {
  page(): Promise<{ contentType: string; text: string }>
  answered(status: number, ms: number): void
  refused(because: string): void
}

/**
 * What machines ask. `/healthz` and `/readyz` answer everyone, in words that give nothing away;
 * `/metrics` and the reasons behind `/readyz` are for the operator.
 */
export function probeRoutes(
  checks: Readonly<Record<string, Check>>,
  metrics: HttpMetrics,
  clock: Clock,
): Route[] {
  const run = runSeldom(checks, clock)

  const healthz = async (): Promise<Answer> => json({ ok: true })

  const readyz = async (): Promise<Answer> => {
    const found = await run()
    const ready = found.every(({ why }) => why === null)
    const failing = found.filter(({ why }) => why !== null).map(({ name }) => name)
    return { ...json({ ready, failing }), status: ready ? 200 : 503 }
  }

  const reasons = async (): Promise<Answer> => {
    const found = await run()
    const ready = found.every(({ why }) => why === null)
    return json({
      ready,
      checks: Object.fromEntries(found.map(({ name, why }) => [name, why ?? 'ok'])),
    })
  }

  const metricsPage = async (): Promise<Answer> => {
    const { contentType, text } = await metrics.page()
    return { status: 200, headers: { 'content-type': contentType, ...NO_STORE }, body: text }
  }

  return [
    { method: 'GET', path: '/healthz', access: 'anyone', anyHost: true, handle: healthz },
    { method: 'GET', path: '/readyz', access: 'anyone', anyHost: true, handle: readyz },
    { method: 'GET', path: '/api/health', access: 'operator', handle: reasons },
    { method: 'GET', path: '/metrics', access: 'operator', handle: metricsPage },
  ]
}

interface Found {
  readonly name: string
  readonly why: string | null
}

function runSeldom(
  checks: Readonly<Record<string, Check>>,
  clock: Clock,
): () => Promise<readonly Found[]> {
  let latest: { atMs: number; found: Promise<readonly Found[]> } | null = null
  return () => {
    const nowMs = clock.monotonicMs()
    if (latest === null || nowMs - latest.atMs >= SAME_ANSWER_MS) {
      latest = { atMs: nowMs, found: runChecks(checks) }
    }
    return latest.found
  }
}

async function runChecks(checks: Readonly<Record<string, Check>>): Promise<readonly Found[]> {
  return Promise.all(
    Object.entries(checks).map(async ([name, check]) => ({ name, why: await reasonOf(check) })),
  )
}

async function reasonOf(check: Check): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<{ ok: false; why: string }>(resolve => {
    const why = `no answer within ${CHECK_DEADLINE_MS / 1000} s`
    timer = setTimeout(resolve, CHECK_DEADLINE_MS, { ok: false, why })
  })
  try {
    const found = await Promise.race([check(), late])
    return found.ok ? null : found.why
  } catch (error) {
    // A check that throws has found something wrong: that is its answer.
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}
