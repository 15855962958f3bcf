/** The browser part's ports, in memory, with the promises that `store` keeps in PostgreSQL. */
import { randomBytes } from 'node:crypto'
import type { JournalEvent } from '../../server/core/audit/events.ts'
import {
  BROWSER_SESSION,
  type BrowserSession,
  type Role,
  type SignIns,
} from '../../server/core/ports/administration.ts'
import type { Archive, StoredChunk } from '../../server/core/ports/archive.ts'
import type { Journal } from '../../server/core/ports/evidence.ts'
import type { RecordedSession } from './recorded-sessions.ts'

export function memoryArchive(sessions: readonly RecordedSession[]): Archive {
  const find = (id: string): RecordedSession | undefined =>
    sessions.find(({ summary }) => summary.id === id)
  return {
    sessions: async ({ agent, task, target, grant, live, denied, before, limit }) =>
      sessions
        .map(({ summary }) => summary)
        .toSorted((one, other) => (one.id < other.id ? 1 : -1))
        .filter(
          one =>
            (agent === undefined || one.agent === agent) &&
            (task === undefined || one.task === task) &&
            (target === undefined || one.target === target) &&
            (grant === undefined || one.grant === grant) &&
            (live === undefined || (one.endedAtMs === null) === live) &&
            (denied === undefined || one.denied > 0 === denied) &&
            (before === undefined || one.id < before),
        )
        .slice(0, limit),
    session: async id => find(id)?.summary ?? null,
    events: async id => [...(find(id)?.events ?? [])],
    chunks: async id => (find(id)?.chunks ?? []).map(storedChunk),
    chunk: async (id, number) => {
      const found = find(id)?.chunks.find(({ chunk }) => chunk === number)
      return found === undefined ? null : Buffer.from(found.text)
    },
  }
}

export interface MemoryJournal extends Journal {
  readonly events: JournalEvent[]
  /** Set to make the next writes fail, as a database that is gone does. */
  fault: string | null
}

export function memoryJournal(): MemoryJournal {
  const journal: MemoryJournal = {
    events: [],
    fault: null,
    record: async event => {
      if (journal.fault !== null) throw new Error(journal.fault)
      journal.events.push(event)
    },
  }
  return journal
}

export function memorySignIns(journal: Journal, nowMs: () => number = Date.now): SignIns {
  const links = new Map<string, { role: Role; expiresAtMs: number }>()
  const sessions = new Map<string, BrowserSession>()
  const usedAtMs = new Map<string, number>()
  return {
    makeLink: async (role, _by, lifetimeMs) => {
      const token = randomBytes(32).toString('base64url')
      const expiresAtMs = nowMs() + lifetimeMs
      links.set(token, { role, expiresAtMs })
      return { token, expiresAtMs }
    },
    redeem: async linkToken => {
      const link = links.get(linkToken)
      links.delete(linkToken)
      if (link === undefined || link.expiresAtMs <= nowMs()) return null
      const sessionToken = randomBytes(32).toString('base64url')
      const expiresAtMs = nowMs() + BROWSER_SESSION.absoluteMs
      const session = { user: `${link.role} by link`, roles: [link.role], expiresAtMs }
      sessions.set(sessionToken, session)
      return { sessionToken, session }
    },
    openFor: async (user, roles, address) => {
      const sessionToken = randomBytes(32).toString('base64url')
      const session = { user, roles, expiresAtMs: nowMs() + BROWSER_SESSION.absoluteMs }
      sessions.set(sessionToken, session)
      await journal.record({ kind: 'signed-in', user, roles, how: 'oidc', address })
      return { sessionToken, session }
    },
    hasHadAdministrator: async () =>
      [...sessions.values()].some(({ roles }) => roles.includes('administrator')),
    find: async token => {
      const session = sessions.get(token)
      const idleMs = nowMs() - (usedAtMs.get(token) ?? nowMs())
      if (session === undefined || session.expiresAtMs <= nowMs()) return null
      if (idleMs >= BROWSER_SESSION.idleMs) return null
      usedAtMs.set(token, nowMs())
      return session
    },
    end: async token => {
      sessions.delete(token)
    },
  }
}

function storedChunk({ text, ...chunk }: RecordedSession['chunks'][number]): StoredChunk {
  return { ...chunk, length: Buffer.byteLength(text) }
}
