import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/**
 * What an operator watches. Labels take values from short lists of ours, never names that agents or
 * targets choose: each value is a time series of its own.
 */
export interface Metrics {
  page(): Promise<{ contentType: string; text: string }>
  /** A verdict on a command line. */
  decided(verdict: 'allow' | 'ask' | 'deny'): void
  /** A login, session, request or connection that was refused, by the code of its refusal. */
  refused(reason: string): void
  judged(ms: number): void
  committed(ms: number): void
  repaired(name: string): void
  answered(status: number, ms: number): void
  /** Read at each scrape: sessions open here, and how much waits for the database. */
  watchLiveSessions(read: () => number): void
  watchSpoolBytes(read: () => number): void
  watchQueueDepth(queue: string, read: () => number): void
}

/** From a fast index hit to the point where an agent notices; a commit on this scale took 4 ms. */
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** Codes of refusals are a closed list; past this many something is passing text of its own. */
const MAX_LABEL_VALUES = 100

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const decisions = new Counter({
    name: 'sallyport_decisions_total',
    help: 'Command lines judged, by verdict.',
    labelNames: ['verdict'] as const,
    registers,
  })
  const refusals = new Counter({
    name: 'sallyport_refusals_total',
    help: 'Logins, sessions, requests and connections refused, by reason.',
    labelNames: ['reason'] as const,
    registers,
  })
  const repairs = new Counter({
    name: 'sallyport_ssh2_repairs_total',
    help: 'Times a repair of the SSH library was needed.',
    labelNames: ['repair'] as const,
    registers,
  })
  const judging = new Histogram({
    name: 'sallyport_judge_seconds',
    help: 'From the line to the verdict.',
    buckets: SECONDS,
    registers,
  })
  const committing = new Histogram({
    name: 'sallyport_commit_seconds',
    help: 'From the decision to its durable commit.',
    buckets: SECONDS,
    registers,
  })
  const answers = new Histogram({
    name: 'sallyport_http_seconds',
    help: 'From a request of the browser part to its answer, by class of status.',
    labelNames: ['status'] as const,
    buckets: SECONDS,
    registers,
  })
  const refusalReason = boundedLabel()
  const repairName = boundedLabel()

  return {
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    decided: verdict => decisions.inc({ verdict }),
    refused: reason => refusals.inc({ reason: refusalReason(reason) }),
    judged: ms => judging.observe(ms / 1000),
    committed: ms => committing.observe(ms / 1000),
    repaired: name => repairs.inc({ repair: repairName(name) }),
    answered: (status, ms) =>
      answers.observe({ status: `${Math.floor(status / 100)}xx` }, ms / 1000),
    watchLiveSessions: read => {
      watch(registry, 'sallyport_sessions_live', 'Sessions this node has open.', read)
    },
    watchSpoolBytes: read => {
      watch(registry, 'sallyport_spool_bytes', 'Recorded bytes not yet in PostgreSQL.', read)
    },
    watchQueueDepth: (queue, read) => {
      watch(registry, `sallyport_queue_${queue}_depth`, `What waits in the queue ${queue}.`, read)
    },
  }
}

function watch(registry: Registry, name: string, help: string, read: () => number): void {
  const gauge: Gauge = new Gauge({
    name,
    help,
    registers: [registry],
    collect: () => gauge.set(read()),
  })
}

function boundedLabel(): (value: string) => string {
  const seen = new Set<string>()
  return value => {
    if (seen.has(value)) return value
    if (seen.size >= MAX_LABEL_VALUES) return 'other'
    seen.add(value)
    return value
  }
}
