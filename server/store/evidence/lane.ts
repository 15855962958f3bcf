import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { connect, type Login } from '../database/connect.ts'
import { databaseFault, Fenced, isBrokenChain, isNotPrepared, NotWritten } from './faults.ts'
import { type Entry, hashesAt, insertEntries, type Obstacle, type Outcome } from './statements.ts'

/** What became of a group: written, or kept back by the reason given. */
export type Written = { readonly ok: true } | { readonly ok: false; readonly obstacle: Obstacle }

/** A statement stays this small, so that one big batch does not hold up the decisions behind it. */
const BATCH_ROWS = 500
const BATCH_BYTES = 4 * 1024 * 1024

/**
 * How long a decision may wait for a database that does not answer. Longer than a fail-over's hiccup,
 * shorter than the 15 s after which the node ends its sessions anyway.
 */
export const COMMIT_DEADLINE_MS = 10_000

/** One try, so that there is time for a second one before the deadline. */
const TRY = { connectMs: 3000, statementMs: 5000 }

interface Group {
  readonly entries: readonly Entry[]
  readonly bytes: number
  readonly deadline: number
  readonly resolve: (written: Written) => void
  readonly reject: (error: Error) => void
}

export interface LaneHealth {
  readonly waiting: number
  /** How long the last commit took. */
  readonly commitMs: number
}

/**
 * Group commit: one INSERT in flight, and whatever came meanwhile is the next one. A group is written
 * whole or not at all, and the groups of one batch do not share each other's fate: a batch that the
 * database refuses is tried again group by group.
 */
export class CommitLane {
  readonly #login: Login
  #client: pg.Client | null = null
  #queue: Group[] = []
  #pumping: Promise<void> | null = null
  #isClosed = false
  #commitMs = 0
  /** Until a pooler shows itself. */
  #mayPrepare = true

  constructor(login: Login) {
    const { connectMs, statementMs } = TRY
    this.#login = { ...login, connectionTimeoutMillis: connectMs, query_timeout: statementMs }
  }

  /**
   * Resolves once the entries are durable, or refused by an obstacle. Rejects with `Fenced` when other
   * entries stand in their place, with `NotWritten` when the database could not be asked in time.
   */
  write(entries: readonly Entry[]): Promise<Written> {
    if (this.#isClosed) return Promise.reject(new NotWritten('the store is closed'))
    return new Promise((resolve, reject) => {
      const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
      const deadline = performance.now() + COMMIT_DEADLINE_MS
      this.#queue.push({ entries, bytes, deadline, resolve, reject })
      this.#pumping ??= this.#pump()
    })
  }

  health(): LaneHealth {
    return { waiting: this.#queue.length, commitMs: this.#commitMs }
  }

  /** Writes what is queued, then lets go of the connection. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#pumping
    await this.#client?.end().catch(() => {}) // already gone: closed is what was wanted
  }

  async #pump(): Promise<void> {
    // One turn of the event loop, so that what arrives together is committed together.
    await new Promise(setImmediate)
    while (this.#queue.length > 0) await this.#send(this.#takeBatch())
    this.#pumping = null
  }

  #takeBatch(): Group[] {
    let rows = 0
    let bytes = 0
    let groups = 0
    for (const group of this.#queue) {
      rows += group.entries.length
      bytes += group.bytes
      if (groups > 0 && (rows > BATCH_ROWS || bytes > BATCH_BYTES)) break
      groups += 1
    }
    return this.#queue.splice(0, groups)
  }

  /** Settles every group of the batch; never rejects. */
  async #send(batch: readonly Group[]): Promise<void> {
    let left = batch
    while (left.length > 0) {
      const startedAt = performance.now()
      try {
        await this.#write(left)
        this.#commitMs = performance.now() - startedAt
        return
      } catch (error) {
        if (this.#mayPrepare && isNotPrepared(error)) {
          this.#mayPrepare = false
          continue
        }
        const fault = databaseFault(error)
        if (fault === 'unknown') this.#disconnect(this.#client)
        if (fault === 'refused') {
          if (left.length === 1) left[0]?.reject(refusal(error))
          else for (const group of left) await this.#send([group])
          return
        }
        left = withoutLate(left, error)
        if (left.length > 0) await pause(100)
      }
    }
  }

  /** One statement for all groups. Throws before any group is settled, or settles all. */
  async #write(groups: readonly Group[]): Promise<void> {
    const client = await this.#connected()
    const entries = groups.flatMap(group => group.entries)
    const { rows } = await client.query<Outcome>(insertEntries(entries, this.#mayPrepare))
    const outcomes = new Map(rows.map(row => [`${row.session_id}:${row.seq}`, row]))
    const missing = entries.filter(entry => {
      const outcome = outcomes.get(placeOf(entry))
      return outcome?.obstacle === null && !outcome.written
    })
    // Not written and not refused: something stands there, perhaps our own earlier try.
    const standing = missing.length === 0 ? null : await this.#standing(client, missing)
    for (const group of groups) {
      const refused = group.entries
        .map(entry => outcomes.get(placeOf(entry))?.obstacle ?? null)
        .find(obstacle => obstacle !== null)
      if (refused !== undefined) group.resolve({ ok: false, obstacle: refused })
      else if (group.entries.some(entry => isForeign(entry, missing, standing))) {
        group.reject(new Fenced('another node has written in this session'))
      } else group.resolve({ ok: true })
    }
  }

  async #standing(client: pg.Client, entries: readonly Entry[]): Promise<Map<string, Buffer>> {
    const { rows } = await client.query<{ session_id: string; seq: string; hash: Buffer }>(
      hashesAt(entries),
    )
    return new Map(rows.map(row => [`${row.session_id}:${row.seq}`, row.hash]))
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client !== null) return this.#client
    const client: pg.Client = await connect(this.#login, () => this.#disconnect(client))
    this.#client = client
    return client
  }

  #disconnect(client: pg.Client | null): void {
    if (this.#client === client) this.#client = null
    // Its end may wait for a dead peer; nobody waits for it here.
    void client?.end().catch(() => {})
  }
}

function isForeign(
  entry: Entry,
  missing: readonly Entry[],
  standing: Map<string, Buffer> | null,
): boolean {
  if (!missing.includes(entry)) return false
  return standing?.get(placeOf(entry))?.equals(entry.row.hash) !== true
}

function refusal(error: unknown): Error {
  if (isBrokenChain(error)) return new Fenced('the session was continued by another node')
  return new NotWritten(`the database refused it: ${(error as Error).message}`)
}

/** Tells those whose time is up, and keeps the others. */
function withoutLate(groups: readonly Group[], error: unknown): readonly Group[] {
  const now = performance.now()
  const late = groups.filter(group => group.deadline <= now)
  for (const group of late) {
    group.reject(
      new NotWritten(
        `the database did not take it within ${COMMIT_DEADLINE_MS / 1000} s: ${(error as Error).message}`,
      ),
    )
  }
  return groups.filter(group => group.deadline > now)
}

function placeOf({ row }: Entry): string {
  return `${row.sessionId}:${row.seq}`
}

function sizeOf({ row, chunk }: Entry): number {
  return row.body.length + (chunk?.data.length ?? 0)
}
