import type { JournalEvent, SessionEvent } from '../../server/core/audit/events.ts'
import type { Archive } from '../../server/core/ports/archive.ts'
import { readConfig } from '../../server/config.ts'
import { withConnection } from '../../server/store/database/connect.ts'
import { openDatabase } from '../../server/store/database/open-database.ts'
import { openStore } from '../../server/store/open.ts'
import type { Bastion } from './bastion.ts'

/** Reads a running bastion's evidence from beside it, as the command does. */
export interface Reader {
  readonly archive: Archive
  close(): Promise<void>
}

export type CommandDecided = Extract<SessionEvent, { kind: 'command-decided' }>

export async function readerOf(bastion: Bastion): Promise<Reader> {
  const config = await readConfig(bastion.environment, null, bastion.folder)
  if (!config.ok) throw new Error(config.fault.join('\n'))
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
  const store = await openStore(config.value, { node: null, clock, log: () => {} })
  return { archive: store.archive, close: () => store.close('') }
}

/** What belongs to no session, oldest first. */
export async function journalOf(bastion: Bastion): Promise<JournalEvent[]> {
  const config = await readConfig(bastion.environment, null, bastion.folder)
  if (!config.ok) throw new Error(config.fault.join('\n'))
  const database = await openDatabase(config.value, () => {})
  try {
    return await withConnection(database.application, async client => {
      const { rows } = await client.query<{ body: Buffer }>(
        'select body from sallyport.journal_body order by id',
      )
      return rows.map(({ body }) => JSON.parse(body.toString()) as JournalEvent)
    })
  } finally {
    await database.release()
  }
}

/** Every decision about a command line, oldest session first. */
export async function commandsOf({ archive }: Reader): Promise<CommandDecided[]> {
  return (await eventsOf({ archive } as Reader)).filter(event => event.kind === 'command-decided')
}

export async function eventsOf({ archive }: Reader): Promise<SessionEvent[]> {
  const sessions = await archive.sessions({ limit: 10_000 })
  const events: SessionEvent[] = []
  for (const { id } of sessions.reverse()) {
    events.push(...(await archive.events(id)).map(({ event }) => event))
  }
  return events
}

/** The bytes of a session's output as recorded, standard output and standard error together. */
export async function recordedText({ archive }: Reader, session: string): Promise<string> {
  let text = ''
  for (const { chunk } of await archive.chunks(session)) {
    const lines = new TextDecoder().decode(
      (await archive.chunk(session, chunk)) ?? new Uint8Array(),
    )
    for (const line of lines.split('\n').filter(found => found.startsWith('['))) {
      const [, code, data] = JSON.parse(line) as [number, string, string]
      if (code === 'o') text += data
    }
  }
  return text
}
