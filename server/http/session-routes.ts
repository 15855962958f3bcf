import type { Archive } from '../core/ports/archive.ts'
import type { Clock } from '../core/ports/deciding.ts'
import type { Journal } from '../core/ports/evidence.ts'
import type { ChunkIndex, SessionList, SessionPage } from '../core/replay/answers.ts'
import { channelsOf, factsOf, foldSteps } from '../core/replay/steps.ts'
import { complaint, json, notFound, NO_STORE, type Answer } from './answer.ts'
import { personOf, type Asked } from './asked.ts'
import { castLines } from './cast.ts'
import type { Route } from './router.ts'
import { readSessionFilter, SESSION_ID } from './session-query.ts'
import { keepViews } from './views.ts'

/** A chunk of the recording never changes once it is written, but only its viewer may keep it. */
const KEEP_PRIVATELY = { 'cache-control': 'private, max-age=3600, immutable' } as const

/** Sessions: finding them, reading what was decided, and playing what was printed. */
export function sessionRoutes(archive: Archive, journal: Journal, clock: Clock): Route[] {
  const views = keepViews(journal, clock)

  const list = async ({ query }: Asked): Promise<Answer> => {
    const filter = readSessionFilter(query)
    if (!filter.ok) return complaint(400, 'bad-filter', filter.fault)
    const { limit } = filter.value
    const found = await archive.sessions({ ...filter.value, limit: limit + 1 })
    const sessions = found.slice(0, limit)
    const next = found.length > limit ? (sessions.at(-1)?.id ?? null) : null
    return json({ sessions, next, nowMs: clock.nowMs() } satisfies SessionList)
  }

  const page = async (asked: Asked, id: string): Promise<Answer> => {
    const session = await archive.session(id)
    if (session === null) return notFound('this session')
    await views.see(personOf(asked), id, asked.query.get('view') === 'open')
    const events = await archive.events(id)
    return json({
      session,
      facts: factsOf(events),
      channels: channelsOf(events),
      steps: foldSteps(events, session.startedAtMs),
      nowMs: clock.nowMs(),
    } satisfies SessionPage)
  }

  const chunkIndex = async (asked: Asked, id: string): Promise<Answer> => {
    const session = await archive.session(id)
    if (session === null) return notFound('this session')
    const after = asked.query.get('after') ?? '-1'
    if (!/^(-1|\d{1,9})$/.test(after))
      return complaint(400, 'bad-after', 'after: expected a number')
    await views.see(personOf(asked), id, false)
    // Who follows a live session has the beginning already.
    const chunks = (await archive.chunks(id)).filter(({ chunk }) => chunk > Number(after))
    return json({ chunks, live: session.endedAtMs === null } satisfies ChunkIndex)
  }

  const oneChunk = async (asked: Asked, id: string): Promise<Answer> => {
    const number = asked.parameters['chunk'] ?? ''
    if (!/^\d{1,9}$/.test(number)) return notFound('this chunk')
    await views.see(personOf(asked), id, false)
    const body = await archive.chunk(id, Number(number))
    if (body === null) return notFound('this chunk')
    const headers = { 'content-type': 'application/x-asciicast; charset=utf-8', ...KEEP_PRIVATELY }
    return { status: 200, headers, body }
  }

  const cast = async (asked: Asked, id: string): Promise<Answer> => {
    const session = await archive.session(id)
    if (session === null) return notFound('this session')
    const channels = channelsOf(await archive.events(id))
    const wanted = asked.query.get('channel') ?? '0'
    const channel = channels.find(candidate => String(candidate.channel) === wanted)
    if (channel === undefined) {
      const known = channels.map(candidate => candidate.channel).join(', ')
      return complaint(
        404,
        'no-such-channel',
        `name a channel: ?channel=N with N of ${known || 'none'}`,
      )
    }
    const chunks = (await archive.chunks(id)).filter(one => one.channel === channel.channel)
    await journal.record({
      kind: 'session-exported',
      session: id,
      user: personOf(asked).user,
      format: 'cast',
    })
    const name = `sallyport-${id}-channel-${channel.channel}.cast`
    return {
      status: 200,
      headers: {
        'content-type': 'application/x-asciicast; charset=utf-8',
        'content-disposition': `attachment; filename="${name}"`,
        ...NO_STORE,
      },
      body: castLines(archive, id, chunks, channel.terminal !== null),
    }
  }

  return [
    { method: 'GET', path: '/api/sessions', access: 'viewer', handle: list },
    { method: 'GET', path: '/api/sessions/:id', access: 'viewer', handle: withId(page) },
    {
      method: 'GET',
      path: '/api/sessions/:id/chunks',
      access: 'viewer',
      handle: withId(chunkIndex),
    },
    {
      method: 'GET',
      path: '/api/sessions/:id/chunks/:chunk',
      access: 'viewer',
      handle: withId(oneChunk),
    },
    { method: 'GET', path: '/api/sessions/:id/cast', access: 'viewer', handle: withId(cast) },
  ]
}

function withId(handle: (asked: Asked, id: string) => Promise<Answer>): Route['handle'] {
  return async asked => {
    const id = asked.parameters['id'] ?? ''
    return SESSION_ID.test(id) ? handle(asked, id) : notFound('this session')
  }
}
