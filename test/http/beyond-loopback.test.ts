import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect as dial } from 'node:net'
import { join, resolve } from 'node:path'
import { connect } from 'node:tls'
import { LOOPBACK, plainPage, startBrowserPart, type BrowserPart } from '../support/browser-part.ts'
import { ask, type Reply, sendRaw } from '../support/raw-http.ts'

const TLS = resolve(import.meta.dirname, '../support/tls')
const tls = {
  certificateFile: join(TLS, 'localhost.crt'),
  keyFile: join(TLS, 'localhost.key'),
}
const ca = readFileSync(tls.certificateFile)

describe('with TLS of its own', () => {
  const page = plainPage()
  let part: BrowserPart

  before(async () => {
    part = await startBrowserPart([], page.folder, { config: { ...LOOPBACK, tls } })
  })
  after(async () => {
    await part.close()
    page.remove()
  })

  const get = (path: string): Promise<{ status: number; hsts: string }> =>
    new Promise((done, reject) => {
      const { port } = new URL(part.url)
      request({ host: '127.0.0.1', port, path, ca, agent: false }, response => {
        const hsts = String(response.headers['strict-transport-security'])
        response.resume().on('end', () => done({ status: response.statusCode ?? 0, hsts }))
      })
        .on('error', reject)
        .end()
    })

  it('serves HTTPS, and tells browsers to stay there', async () => {
    assert.match(part.url, /^https:\/\/127\.0\.0\.1:\d+$/)
    assert.deepEqual(await get('/'), { status: 200, hsts: 'max-age=31536000' })
  })

  it('does not speak TLS 1.1', async () => {
    const { port } = new URL(part.url)
    const outcome = await new Promise<string>(done => {
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const
      const socket = connect({ host: '127.0.0.1', port: Number(port), ca, ...old }, () => {
        done('spoken')
        socket.destroy()
      })
      socket.on('error', () => done('refused'))
    })
    assert.equal(outcome, 'refused')
  })

  it('stays up when connections are reset in the handshake, in a request, or in an upgrade', async () => {
    const port = Number(new URL(part.url).port)
    const turns = async (count: number): Promise<void> => {
      for (let left = count; left > 0; left -= 1) await new Promise(setImmediate)
    }
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
    for (let times = 0; times < 300; times += 1) {
      const raw = dial(port, '127.0.0.1').on('error', () => undefined)
      await once(raw, 'connect')
      const socket = connect({ socket: raw, ca, servername: 'localhost' })
      socket.on('error', () => undefined)
      if (times % 3 === 0) {
        await turns(times % 8) // in the middle of the handshake
      } else {
        await once(socket, 'secureConnect')
        const more = times % 3 === 1 ? upgrade : ''
        const request = `GET / HTTP/1.1\r\nHost: localhost:${port}\r\n${more}\r\n`
        await new Promise(resolve => socket.write(request, resolve))
        await turns(times % 4)
      }
      raw.resetAndDestroy()
    }
    assert.equal((await get('/')).status, 200)
  })

  it('stops without waiting for handshakes that were never finished', async () => {
    const other = await startBrowserPart([], page.folder, { config: { ...LOOPBACK, tls } })
    const raw = dial(Number(new URL(other.url).port), '127.0.0.1').on('error', () => undefined)
    await once(raw, 'connect')
    await new Promise(resolve => raw.write('\x16\x03', resolve))
    await other.close()
    raw.destroy()
  })

  it('says nothing to who speaks plain HTTP', async () => {
    assert.equal(await sendRaw(part.url, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), '')
  })
})

describe('behind a proxy that ends TLS', () => {
  const page = plainPage()
  let part: BrowserPart
  let direct: string

  const start = async (proxies: readonly string[]): Promise<void> => {
    const config = { ...LOOPBACK, proxies, publicUrl: 'https://bastion.example' }
    part = await startBrowserPart([], page.folder, { config })
    direct = `http://127.0.0.1:${part.port}`
  }
  /** From a client that the proxy names. */
  const signIn = (forwardedFor: string, body: object): Promise<Reply> =>
    ask(direct, {
      method: 'POST',
      path: '/api/sign-in',
      headers: {
        host: 'bastion.example',
        origin: 'https://bastion.example',
        'content-type': 'application/json',
        'x-forwarded-for': forwardedFor,
      },
      body: JSON.stringify(body),
    })
  afterEach(() => part.close())
  after(() => page.remove())

  it('answers to its public name and to no other', async () => {
    await start(['127.0.0.1'])
    assert.equal(part.url, 'https://bastion.example')
    const asHost = async (host: string): Promise<number> =>
      (await ask(direct, { path: '/', headers: { host } })).status
    assert.equal(await asHost('bastion.example'), 200)
    assert.equal(await asHost(`127.0.0.1:${part.port}`), 421)
    assert.equal(await asHost('localhost'), 421)
  })

  it('takes requests from the proxy only, but answers probes', async () => {
    await start(['10.9.9.9'])
    const headers = { host: 'bastion.example' }
    assert.equal((await ask(direct, { path: '/', headers })).status, 403)
    assert.equal((await ask(direct, { path: '/healthz', headers })).status, 200)
  })

  it('writes down the client’s address, as the proxy told it', async () => {
    await start(['127.0.0.1'])
    const reply = await signIn('198.51.100.1, 203.0.113.9', {})
    assert.equal(reply.status, 401)
    assert.deepEqual(part.journal.events, [
      { kind: 'sign-in-refused', because: 'not a token of ours', address: '203.0.113.9' },
    ])
  })

  it('does not let links that are guessed from everywhere fill the journal', async () => {
    await start(['127.0.0.1'])
    for (let guess = 0; guess < 350; guess += 1) {
      const token = String(guess).padStart(43, 'A')
      assert.equal((await signIn(`203.0.113.${guess % 200}`, { token })).status, 401)
    }
    assert.equal(part.journal.events.length, 301)
    await part.close()
    assert.equal(part.journal.events.length, 302)
    const sum = part.journal.events.at(-1)
    assert.ok(sum?.kind === 'sign-in-refused')
    assert.match(sum.because, /^49 more within a minute, the last: the link is unknown/)
  })

  it('shows the metrics to nobody who comes through it, loopback or not', async () => {
    await start(['127.0.0.1'])
    const ofProxy = { host: 'bastion.example', 'x-forwarded-for': '127.0.0.1' }
    assert.equal((await ask(direct, { path: '/metrics', headers: ofProxy })).status, 401)
    // A proxy that forgets to say whom it speaks for must not open them to the world.
    const silent = { host: 'bastion.example' }
    assert.equal((await ask(direct, { path: '/metrics', headers: silent })).status, 401)
  })
})
