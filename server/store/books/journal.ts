import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { uuidv7 } from 'uuidv7'
import { encodeBody } from '../../core/audit/body.ts'
import { commitmentTo, SALT_BYTES } from '../../core/audit/chain.ts'
import type { JournalEvent } from '../../core/audit/events.ts'
import type { Clock } from '../../core/ports/deciding.ts'
import type { Journal } from '../../core/ports/evidence.ts'

/** Refused logins come as fast as strangers like; beyond this many at once, the database is in trouble. */
const MOST_WAITING = 5000

/** As many as fit comfortably in one statement. */
const BATCH = 500

interface JournalRow {
  readonly id: string
  readonly at: string
  readonly kind: string
  readonly commitment: Uint8Array
  readonly salt: Uint8Array
  readonly body: Uint8Array
}

/** Facts of their own, committed in groups: whatever comes while one INSERT is under way is the next one. */
export function createJournal(pool: pg.Pool, clock: Clock): Journal {
  let waiting: { row: JournalRow; resolve: () => void; reject: (error: Error) => void }[] = []
  let isWriting = false

  return {
    record(event) {
      if (waiting.length >= MOST_WAITING) {
        return Promise.reject(new Error(`${MOST_WAITING} journal entries wait to be written`))
      }
      return new Promise((resolve, reject) => {
        waiting.push({ row: journalRow(event, clock.nowMs()), resolve, reject })
        if (!isWriting) void writeAll()
      })
    },
  }

  /** Never rejects: each failure goes to those who wait for it. */
  async function writeAll(): Promise<void> {
    isWriting = true
    await new Promise(setImmediate)
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      waiting = waiting.slice(BATCH)
      try {
        await writeJournal(
          pool,
          batch.map(({ row }) => row),
        )
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error as Error)
      }
    }
    isWriting = false
  }
}

/** One entry in somebody else's transaction: what is done and what is written about it stand or fall together. */
export async function recordInTransaction(
  client: pg.ClientBase,
  event: JournalEvent,
  atMs: number,
): Promise<void> {
  await writeJournal(client, [journalRow(event, atMs)])
}

function journalRow(event: JournalEvent, atMs: number): JournalRow {
  const salt = randomBytes(SALT_BYTES)
  const body = encodeBody(atMs, event)
  return {
    id: uuidv7(),
    at: new Date(atMs).toISOString(),
    kind: event.kind,
    commitment: commitmentTo(salt, body),
    salt,
    body,
  }
}

async function writeJournal(
  client: pg.ClientBase | pg.Pool,
  rows: readonly JournalRow[],
): Promise<void> {
  await client.query(INSERT, [
    rows.map(row => row.id),
    rows.map(row => row.at),
    rows.map(row => row.kind),
    rows.map(row => row.commitment),
    rows.map(row => row.salt),
    rows.map(row => row.body),
  ])
}

/** A body goes in through its entry's RETURNING, so never before or without it. */
const INSERT = `
  with entry as materialized (
    select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])
      as u (id, at, kind, commitment, salt, body)
  ), written as (
    insert into sallyport.journal (id, at, kind, commitment)
    select id, at, kind, commitment from entry
    returning id
  )
  insert into sallyport.journal_body (id, salt, body)
  select id, salt, body from written join entry using (id)`
