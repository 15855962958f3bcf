import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { request } from 'node:http'
import type { ChunkIndex, SessionList, SessionPage } from '../../server/core/replay/answers.ts'
import { memoryArchive } from '../support/memory-archive.ts'
import { plainPage, startBrowserPart, type BrowserPart } from '../support/browser-part.ts'
import { ask, type Reply } from '../support/raw-http.ts'
import {
  HOSTILE,
  INVESTIGATION,
  LIVE,
  SILENT,
  hostile,
  sampleSessions,
} from '../support/sample-sessions.ts'
import { signedIn } from '../support/signed-in.ts'

const page = plainPage()

describe('sessions', () => {
  let part: BrowserPart
  let cookie: string

  beforeEach(async () => {
    part = await startBrowserPart(sampleSessions, page.folder)
    cookie = await signedIn(part, 'viewer')
  })
  afterEach(() => part.close())
  after(() => page.remove())

  const get = (path: string): Promise<Reply> => ask(part.url, { path, headers: { cookie } })
  const idsOf = async (query: string): Promise<string[]> => {
    const list = JSON.parse((await get(`/api/sessions${query}`)).body) as SessionList
    return list.sessions.map(({ id }) => id)
  }

  describe('listed', () => {
    it('come newest first', async () => {
      assert.deepEqual(await idsOf(''), [LIVE, INVESTIGATION, HOSTILE, SILENT])
    })

    it('are found by what they are about', async () => {
      assert.deepEqual(await idsOf('?live=true'), [LIVE])
      assert.deepEqual(await idsOf('?agent=agent-9'), [HOSTILE, SILENT])
      assert.deepEqual(await idsOf('?denied=true&task=inc-4411'), [INVESTIGATION])
      assert.deepEqual(await idsOf('?target=nothing'), [])
    })

    it('come in pages that join without a gap', async () => {
      const first = JSON.parse((await get('/api/sessions?limit=3')).body) as SessionList
      assert.equal(first.sessions.length, 3)
      assert.deepEqual(await idsOf(`?before=${first.next}`), [SILENT])
      const last = JSON.parse((await get('/api/sessions?limit=4')).body) as SessionList
      assert.equal(last.next, null)
    })

    for (const query of [
      '?limit=0',
      '?limit=9999',
      '?limit=-1',
      '?live=1',
      '?before=x',
      '?agnet=a',
    ]) {
      it(`refuse the filter ${query} with a sentence`, async () => {
        const reply = await get(`/api/sessions${query}`)
        assert.equal(reply.status, 400)
        assert.match(reply.body, /"message":"[^"]+/)
      })
    }
  })

  describe('opened', () => {
    it('tell every command with its verdict, reasons and end', async () => {
      const { steps } = JSON.parse(
        (await get(`/api/sessions/${INVESTIGATION}`)).body,
      ) as SessionPage
      const told = steps.map(step =>
        step.is === 'command'
          ? [step.verdict, step.rule, step.end?.exit ?? null, step.reasons.length]
          : step.is,
      )
      assert.deepEqual(told[0], ['allow', 'look-around', { status: 3 }, 0])
      assert.deepEqual(told[3], ['deny', 'protect', null, 1])
      assert.deepEqual(told[4], ['ask', 'restart-services', null, 1])
    })

    it('are written down as viewed before anything is told', async () => {
      part.journal.fault = 'the database is gone'
      assert.equal((await get(`/api/sessions/${INVESTIGATION}`)).status, 500)
      assert.equal((await get(`/api/sessions/${INVESTIGATION}/chunks/0`)).status, 500)
      assert.match(JSON.stringify(part.logged), /the database is gone/)
    })

    it('are one view however often the open page asks, and another when it is opened again', async () => {
      await get(`/api/sessions/${INVESTIGATION}?view=open`)
      await get(`/api/sessions/${INVESTIGATION}`)
      await get(`/api/sessions/${INVESTIGATION}/chunks`)
      await get(`/api/sessions/${INVESTIGATION}/chunks/0`)
      const viewed = {
        kind: 'session-viewed',
        session: INVESTIGATION,
        user: 'viewer by link',
      }
      assert.deepEqual(part.journal.events, [viewed])
      await get(`/api/sessions/${INVESTIGATION}?view=open`)
      assert.deepEqual(part.journal.events, [viewed, viewed])
    })

    it('are viewed also by who asks for a chunk and skips the page', async () => {
      await get(`/api/sessions/${INVESTIGATION}/chunks/0`)
      assert.equal(part.journal.events.length, 1)
    })

    it('tell who follows a live one only what is new', async () => {
      const { chunks } = JSON.parse(
        (await get(`/api/sessions/${INVESTIGATION}/chunks?after=1`)).body,
      ) as ChunkIndex
      assert.deepEqual(
        chunks.map(({ chunk }) => chunk),
        [2, 3],
      )
      assert.equal((await get(`/api/sessions/${INVESTIGATION}/chunks?after=x`)).status, 400)
    })

    it('do not exist under anything that is no session id', async () => {
      for (const id of ['x', '..%2f..%2fetc', `${INVESTIGATION}0`, INVESTIGATION.toUpperCase()]) {
        assert.equal((await get(`/api/sessions/${id}`)).status, 404, id)
      }
      assert.equal((await get(`/api/sessions/${INVESTIGATION}/chunks/-1`)).status, 404)
      assert.equal((await get(`/api/sessions/${INVESTIGATION}/chunks/1e3`)).status, 404)
      assert.equal((await get(`/api/sessions/${INVESTIGATION}/chunks/99`)).status, 404)
      assert.deepEqual(
        part.journal.events.filter(({ kind }) => kind === 'session-exported'),
        [],
      )
    })
  })

  describe('downloaded', () => {
    it('play well: carriage returns without a terminal, U+FFFD for what was no text', async () => {
      const { body, headers } = await get(`/api/sessions/${HOSTILE}/cast?channel=0`)
      const lines = body
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as unknown[])
      assert.equal(lines.length, 1 + 6)
      assert.deepEqual(lines[5], [0.6, 'o', 'lone \ufffd surrogate\r\n'])
      assert.equal(
        headers['content-disposition'],
        `attachment; filename="sallyport-${HOSTILE}-channel-0.cast"`,
      )
    })

    it('are written down as exported, and not sent when that fails', async () => {
      await get(`/api/sessions/${HOSTILE}/cast?channel=0`)
      assert.deepEqual(part.journal.events, [
        { kind: 'session-exported', session: HOSTILE, user: 'viewer by link', format: 'cast' },
      ])
      part.journal.fault = 'the database is gone'
      const reply = await get(`/api/sessions/${HOSTILE}/cast?channel=0`)
      assert.equal(reply.status, 500)
      assert.ok(!reply.body.includes('surrogate'))
    })

    it('name the channels when the one asked for is not there', async () => {
      const reply = await get(`/api/sessions/${HOSTILE}/cast?channel=7`)
      assert.equal(reply.status, 404)
      assert.match(reply.body, /with N of 0, 1/)
    })

    it('break off, rather than end early, when a chunk is missing', async () => {
      await part.close()
      const archive = { ...memoryArchive([hostile]), chunk: async () => null }
      part = await startBrowserPart([], page.folder, { archive })
      cookie = await signedIn(part, 'viewer')
      await assert.rejects(get(`/api/sessions/${HOSTILE}/cast?channel=0`), /aborted|hang up/)
    })

    it('come compressed to who can take that', async () => {
      const { port } = new URL(part.url)
      const path = `/api/sessions/${HOSTILE}/cast?channel=0`
      const headers = { cookie, 'accept-encoding': 'gzip, br' }
      const parts = await new Promise<Buffer[]>((resolve, reject) => {
        request({ hostname: '127.0.0.1', port, path, headers, agent: false }, response => {
          assert.equal(response.headers['content-encoding'], 'gzip')
          const read: Buffer[] = []
          response.on('data', (bytes: Buffer) => read.push(bytes)).on('end', () => resolve(read))
        })
          .on('error', reject)
          .end()
      })
      assert.match(gunzipSync(Buffer.concat(parts)).toString(), /surrogate/)
    })
  })
})
