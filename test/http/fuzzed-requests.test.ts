import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type BrowserPart, plainPage, startBrowserPart } from '../support/browser-part.ts'
import { diceOf, heapBytes, mutate } from '../support/fuzzed-parsers.ts'
import { ask } from '../support/raw-http.ts'
import { sampleSessions } from '../support/sample-sessions.ts'
import { signedIn } from '../support/signed-in.ts'

const CONNECTIONS = 3000
const MOST_GROWTH = 32 * 1024 * 1024

describe('damaged requests, several on a connection that ends at any moment', () => {
  const page = plainPage()
  let part: BrowserPart
  let requests: Buffer[]

  before(async () => {
    part = await startBrowserPart(sampleSessions, page.folder)
    const { host, origin } = new URL(part.url)
    const cookie = await signedIn(part, 'viewer')
    const [session] = sampleSessions
    assert.ok(session !== undefined)
    const own = `/api/sessions/${session.summary.id}`
    const form = `Origin: ${origin}\r\nContent-Type: application/json\r\n`
    const paths = [
      '/',
      '/metrics',
      '/readyz',
      '/api/sign-in/oidc?next=/a',
      '/sign-in/callback?code=a&state=b',
      '/api/sessions?limit=3&live=true',
      own,
      `${own}/chunks`,
      `${own}/chunks/0`,
      `${own}/cast`,
    ]
    requests = paths
      .map(path => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`)
      .concat(
        `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
        `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
        `POST /api/certificates HTTP/1.1\r\nHost: ${host}\r\n${form}Content-Length: 13\r\n\r\n{"token":"a"}`,
        `POST /api/sign-in HTTP/1.1\r\nHost: ${host}\r\n${form}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
        `POST /api/sign-in HTTP/1.1\r\nHost: ${host}\r\n${form}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n`,
      )
      .map(text => Buffer.from(text))
  })
  after(async () => {
    await part.close()
    page.remove()
  })

  const visit = async (seed: number): Promise<void> => {
    const roll = diceOf(seed)
    const turns = async (): Promise<void> => {
      for (let left = roll(8); left > 0; left -= 1) await new Promise(setImmediate)
    }
    const { hostname, port } = new URL(part.url)
    const socket: Socket = connect(Number(port), hostname).on('error', () => undefined)
    await once(socket, 'connect')
    if (roll(2) === 0) socket.resume()
    for (let left = 1 + roll(4); left > 0; left -= 1) {
      const whole = requests[roll(requests.length)] ?? Buffer.of()
      const sent = roll(3) === 0 ? whole : mutate(requests, roll)
      if (socket.writable)
        socket.write(sent.subarray(0, roll(4) === 0 ? roll(sent.length + 1) : undefined))
      await turns()
    }
    if (roll(2) === 0) socket.resetAndDestroy()
    else socket.destroy()
  }

  it('end nothing but themselves, and leave nothing behind', async () => {
    for (let seed = 1; seed <= 300; seed += 1) await visit(seed)
    const before = heapBytes()
    for (let seed = 301; seed <= CONNECTIONS; seed += 1) await visit(seed)
    assert.equal((await ask(part.url, { path: '/healthz' })).status, 200)
    assert.ok(heapBytes() - before < MOST_GROWTH)
    const faults = part.logged.flatMap(({ message, fields }) =>
      message === 'request failed' ? [String(fields['error'])] : [],
    )
    // Whoever hangs up cuts their own answer, which only people who signed in can; nothing else may have gone wrong.
    assert.deepEqual(
      faults.filter(fault => !/Premature close/.test(fault)),
      [],
    )
  })
})
