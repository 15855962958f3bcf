import type { StoredChunk } from '../../server/core/ports/archive.ts'
import type {
  ChunkIndex,
  Complaint,
  Me,
  SessionList,
  SessionPage,
  WaysIn,
} from '../../server/core/replay/answers.ts'

/** An answer that is not the one asked for; `message` is a sentence for the person. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const fetchMe = (): Promise<Me> => ask('/api/me')

export const fetchSessions = (query: URLSearchParams): Promise<SessionList> =>
  ask(`/api/sessions?${query.toString()}`)

/** `opening` says that a person opened the page; it is written down as a view of its own. */
export const fetchSession = (id: string, opening: boolean): Promise<SessionPage> =>
  ask(`/api/sessions/${id}${opening ? '?view=open' : ''}`)

/** What was recorded after a chunk; after -1, everything. */
export const fetchChunkIndex = (id: string, after: number): Promise<ChunkIndex> =>
  ask(`/api/sessions/${id}/chunks?after=${after}`)

export const castAddress = (id: string, channel: number): string =>
  `/api/sessions/${id}/cast?channel=${channel}`

export const fetchWaysIn = (): Promise<WaysIn> => ask('/api/sign-in')

export const signIn = (token: string): Promise<Me> => ask('/api/sign-in', { token })

export async function signOut(): Promise<void> {
  await ask<object>('/api/sign-out', {})
}

/** A chunk's text, after it was found to be what the index says was recorded. */
export async function fetchChunk(id: string, chunk: StoredChunk): Promise<string> {
  const response = await fetch(`/api/sessions/${id}/chunks/${chunk.chunk}`)
  if (!response.ok) throw await refusal(response)
  const bytes = await response.arrayBuffer()
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  const hex = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
  if (hex !== chunk.sha256) {
    throw new Error(`chunk ${chunk.chunk} is not what was recorded; its digest differs`)
  }
  return new TextDecoder().decode(bytes)
}

async function ask<Reply>(path: string, body?: object): Promise<Reply> {
  const response = await fetch(
    path,
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
  )
  if (!response.ok) throw await refusal(response)
  return (await response.json()) as Reply
}

async function refusal(response: Response): Promise<Refused> {
  let message = `the bastion answered ${response.status}`
  try {
    message = ((await response.json()) as Complaint).message
  } catch {
    // Something between us and the bastion answered in its own words; the status says enough.
  }
  return new Refused(response.status, message)
}
