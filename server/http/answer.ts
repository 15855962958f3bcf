import type { Complaint } from '../core/replay/answers.ts'

/** What a handler decides to send; `server.ts` sends it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** An iterable is streamed; when it throws, the connection is cut so that nobody takes half for all. */
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>
}

/** API answers are about one person at one moment: nothing in between may keep them. */
export const NO_STORE = { 'cache-control': 'no-store' } as const

export function json(value: object, headers: Record<string, string> = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', ...NO_STORE, ...headers },
    body: JSON.stringify(value),
  }
}

/** `error` is for programs, `message` tells a person what to do next. */
export function complaint(
  status: number,
  error: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  const body: Complaint = { error, message }
  return { ...json(body, headers), status }
}

/** To another address, with GET (RFC 9110 §15.4.4). Cookies are set on the way. */
export function seeOther(location: string, cookies: readonly string[] = []): Answer {
  const headers = {
    location,
    ...NO_STORE,
    ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
  }
  return { status: 303, headers, body: '' }
}

export const notFound = (what: string): Answer =>
  complaint(404, 'not-found', `${what} does not exist here; check the address`)
