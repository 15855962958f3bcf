import type { BrowserSession } from '../core/ports/administration.ts'
import type { Result } from '../core/result.ts'
import type { Answer } from './answer.ts'

/** A signed-in person, as the cookie proved. */
export interface Person extends BrowserSession {
  readonly token: string
}

/** A request that passed the gate, reduced to what handlers may see. */
export interface Asked {
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Null on routes that anyone may call without a sign-in. */
  readonly person: Person | null
  /** Of the client; of the proxy's client where a listed proxy stands in between. */
  readonly address: string
  /** Which of our origins the browser used: a cookie that is set now comes back to that one only. */
  readonly origin: string
  /** The Cookie header as it came; people are in `person` already. */
  readonly cookies: string | undefined
  /** The JSON body, bounded; the fault is the answer to send. */
  json(): Promise<Result<unknown, Answer>>
}

/** The person of a route that needs a role: the gate has seen to it. */
export function personOf(asked: Asked): Person {
  if (asked.person === null) throw new Error(`no person on ${asked.path}: its route lacks a role`)
  return asked.person
}
