import type { SessionEvent } from '../../server/core/audit/events.ts'
import type { Archive } from '../../server/core/ports/archive.ts'
import { readConfig } from '../../server/config.ts'
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
