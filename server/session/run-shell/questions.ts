import { randomBytes } from 'node:crypto'
import { nonceOf } from '../../core/shell/driver-protocol/driver-text.ts'
import { type Report, readReports } from '../../core/shell/driver-protocol/reports.ts'

/** 96 bits, in decimal. */
export function freshNonce(): string {
  return nonceOf(randomBytes(12))
}

/**
 * Questions to one part of the driver and the answers it reports. The first answer to a question counts; what
 * answers none is skipped. Invariant: every question is settled, at the latest by `abandon`.
 */
export class Questions {
  readonly #open = new Map<string, (report: Report | null) => void>()
  #unread = ''
  #isAbandoned = false

  /** Resolves with the report, or with null when it will not come. */
  ask(kind: string, nonce: string): Promise<Report | null> {
    if (this.#isAbandoned) return Promise.resolve(null)
    return new Promise(resolve => this.#open.set(kind + nonce, resolve))
  }

  /** The same, with a bound on how long it may take. */
  askWithin(ms: number, kind: string, nonce: string): Promise<Report | null> {
    const timer = setTimeout(() => this.#settle(kind + nonce, null), ms)
    return this.ask(kind, nonce).finally(() => clearTimeout(timer))
  }

  hear(bytes: Uint8Array): void {
    const questions = [...this.#open.keys()].map(key => ({
      kind: key.slice(0, 1),
      nonce: key.slice(1),
    }))
    const { unread, reports } = readReports(this.#unread, bytes, questions)
    this.#unread = unread
    for (const report of reports) this.#settle(report.kind + report.nonce, report)
  }

  abandon(): void {
    this.#isAbandoned = true
    for (const key of this.#open.keys()) this.#settle(key, null)
  }

  #settle(key: string, report: Report | null): void {
    const settle = this.#open.get(key)
    this.#open.delete(key)
    settle?.(report)
  }
}
