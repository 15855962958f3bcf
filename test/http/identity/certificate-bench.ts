/** A browser part that trades tokens, over memory, and what its callers and its journal see. */
import type { JournalEvent } from '../../../server/core/audit/events.ts'
import { parseCertificate } from '../../../server/core/certificate/parse.ts'
import type { Certificate } from '../../../server/core/certificate/certificate.ts'
import type { Clock } from '../../../server/core/ports/deciding.ts'
import { parseBlobLine } from '../../../server/core/ssh-wire/key-line.ts'
import type { TokenDesk } from '../../../server/http/identity/certificate-route.ts'
import { plainPage, startBrowserPart, type BrowserPart } from '../../support/browser-part.ts'
import { memoryJournal, type MemoryJournal } from '../../support/memory-archive.ts'
import { ask } from '../../support/raw-http.ts'
import { memoryDesk } from '../../support/token-desk.ts'

export const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5YkkZ3vYV0pDk0t3gIhcwmVtEYWkYFEpFGHqXFbTf2'

/** What `POST /api/certificates` answers, either way. */
export interface Traded {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly agent?: string
  readonly task?: string | null
  readonly certificate?: string
  readonly validBefore?: string
  readonly error?: string
  readonly message?: string
}

export class CertificateBench {
  readonly part: BrowserPart
  readonly journal: MemoryJournal
  readonly #removePage: () => void

  static async start(desk: Partial<TokenDesk>, clock?: Clock): Promise<CertificateBench> {
    const journal = memoryJournal()
    const page = plainPage()
    const part = await startBrowserPart([], page.folder, {
      journal,
      tokens: memoryDesk(journal, desk),
      ...(clock === undefined ? {} : { clock }),
    })
    return new CertificateBench(part, journal, page.remove)
  }

  private constructor(part: BrowserPart, journal: MemoryJournal, removePage: () => void) {
    this.part = part
    this.journal = journal
    this.#removePage = removePage
  }

  get events(): readonly JournalEvent[] {
    return this.journal.events
  }

  trade(token: string, more: object = {}): Promise<Traded> {
    return this.post({ token, publicKey: PUBLIC_KEY, ...more })
  }

  async post(body: unknown, headers: Record<string, string> = {}): Promise<Traded> {
    const reply = await ask(this.part.url, {
      method: 'POST',
      path: '/api/certificates',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { ...(JSON.parse(reply.body) as object), status: reply.status, headers: reply.headers }
  }

  async end(): Promise<void> {
    await this.part.close()
    this.#removePage()
  }
}

export function certificateOf(traded: Traded): Certificate {
  const line = parseBlobLine(traded.certificate ?? '')
  if (!line.ok) throw new Error(`${traded.error}: ${traded.message}`)
  const certificate = parseCertificate(line.value.blob)
  if (!certificate.ok) throw new Error(certificate.fault)
  return certificate.value
}

/** A clock that a test moves. */
export class MovedClock implements Clock {
  #aheadMs = 0

  nowMs = (): number => Date.now() + this.#aheadMs
  monotonicMs = (): number => performance.now() + this.#aheadMs

  forward(seconds: number): void {
    this.#aheadMs += seconds * 1000
  }
}
