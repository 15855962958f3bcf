/** The browser part on a port of its own, over sessions in memory. */
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HttpSettings } from '../../server/core/exposure.ts'
import type { Role, SignIns } from '../../server/core/ports/administration.ts'
import { startHttp, type HttpParts, type HttpServer } from '../../server/http/server.ts'
import { createMetrics } from '../../server/operations/metrics.ts'
import {
  memoryArchive,
  memoryJournal,
  memorySignIns,
  type MemoryJournal,
} from './memory-archive.ts'
import type { RecordedSession } from './recorded-sessions.ts'
import { memoryDesk } from './token-desk.ts'

export interface BrowserPart extends HttpServer {
  readonly journal: MemoryJournal
  readonly signIns: SignIns
  readonly logged: { message: string; fields: Readonly<Record<string, unknown>> }[]
  /** The path and fragment of a fresh one-time link. */
  link(role: Role): Promise<string>
}

/** Nobody has its private half. */
const HOST_CA = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE372gXtWGvF8hQ3EWePMhrtkDYytkXuk/289acL5+hd'
const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5YkkZ3vYV0pDk0t3gIhcwmVtEYWkYFEpFGHqXFbTf2'

export const LOOPBACK: HttpSettings = {
  host: '127.0.0.1',
  port: 0,
  publicUrl: null,
  tls: null,
  proxies: [],
}

export async function startBrowserPart(
  sessions: readonly RecordedSession[],
  assetsFolder: string,
  change: Partial<HttpParts> = {},
): Promise<BrowserPart> {
  const journal = memoryJournal()
  const signIns = memorySignIns(journal)
  const logged: BrowserPart['logged'] = []
  const server = await startHttp({
    config: LOOPBACK,
    archive: memoryArchive(sessions),
    signIns,
    people: null,
    tokens: memoryDesk(journal),
    ssh: () => ({ host: null, port: 2222, hostKeys: [HOST_KEY], hostCas: [HOST_CA] }),
    journal,
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    checks: { database: async () => ({ ok: true }) },
    metrics: createMetrics(),
    log: (message, fields) => logged.push({ message, fields }),
    assetsFolder,
    ...change,
  })
  return {
    ...server,
    journal,
    signIns,
    logged,
    link: async role => {
      const { token } = await signIns.makeLink(role, 'the test', 60_000)
      return `/sign-in#${token}`
    },
  }
}

/** A page that is enough for tests which never open it in a browser. */
export function plainPage(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-assets-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Sallyport</title>')
  writeFileSync(join(folder, 'assets', 'index-1a2b3c.js'), 'export {}\n')
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
