import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { HttpParts } from '../../server/http/server.ts'
import { type BrowserPart, plainPage, startBrowserPart } from '../support/browser-part.ts'
import { heapBytes } from '../support/fuzzed-parsers.ts'
import { memorySignIns, memoryJournal } from '../support/memory-archive.ts'
import { ask, sendRaw } from '../support/raw-http.ts'

const MOST_GROWTH = 32 * 1024 * 1024
const SOON = { headersMs: 300, requestMs: 600, idleMs: 500, lookMs: 50 }

describe('a connection to the browser part', () => {
  const page = plainPage()
  let part: BrowserPart
  let sockets: Socket[] = []

  const start = async (change: Partial<HttpParts> = {}): Promise<void> => {
    part = await startBrowserPart([], page.folder, change)
  }
  /** Keeps its own side open whatever the other does. */
  const dial = async (bytes = ''): Promise<Socket> => {
    const { hostname, port } = new URL(part.url)
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    sockets.push(socket)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    if (bytes !== '') socket.write(bytes)
    return socket
  }
  /** Resolves once the other side takes nothing any more; one that has only said its last is still there. */
  const closed = async (socket: Socket): Promise<void> => {
    socket.resume()
    while (!socket.destroyed) {
      if (socket.readableEnded) socket.write('x')
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
  const head = (line: string, ...headers: readonly string[]): string =>
    [line, `Host: ${new URL(part.url).host}`, ...headers, '', ''].join('\r\n')
  const isServed = async (): Promise<void> => {
    assert.equal((await ask(part.url, { path: '/healthz' })).status, 200)
  }

  /** More than the buffers between two sockets hold. */
  const MUCH = 'assets/index-4d5e6f.js'
  before(() => writeFileSync(join(page.folder, MUCH), Buffer.alloc(20 * 1024 * 1024)))
  after(() => page.remove())
  afterEach(async () => {
    await isServed()
    for (const socket of sockets) socket.destroy()
    sockets = []
    await part.close()
  })

  const UPGRADE = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]

  it('does not become a WebSocket, wherever it comes from and wherever it leads', async () => {
    await start()
    for (const path of ['/', '/api/me', '/api/sessions', '/nowhere', '/metrics', '//x', '*']) {
      for (const origin of [part.url, 'https://evil.example', 'http://127.0.0.1:1', 'null']) {
        const request = head(`GET ${path} HTTP/1.1`, `Origin: ${origin}`, ...UPGRADE)
        assert.match(await sendRaw(part.url, request), /^HTTP\/1\.1 400 /)
      }
    }
  })

  it('that wanted to become one is closed, whatever it sends then and though it stays', async () => {
    await start()
    const frame = Buffer.concat([
      Buffer.of(0x82, 0xff),
      Buffer.alloc(8, 0x7f),
      Buffer.alloc(65_536),
    ])
    const upgraded = await Promise.all(
      Array.from({ length: 20 }, () => dial(head('GET / HTTP/1.1', ...UPGRADE))),
    )
    for (const socket of upgraded) {
      const gone = closed(socket)
      for (let sent = 0; sent < 10 && socket.writable; sent += 1) socket.write(frame)
      await gone
    }
  })

  it('that wanted to become one is closed though it reads nothing of what it asked before', async () => {
    await start({ deadlines: SOON })
    const socket = await dial(head(`GET /${MUCH} HTTP/1.1`))
    await once(socket, 'readable') // and then it reads no further
    socket.write(head('GET / HTTP/1.1', ...UPGRADE))
    const trickle = setInterval(() => {
      if (socket.writable) socket.write('x')
    }, 50)
    try {
      await new Promise(resolve => socket.once('close', resolve))
    } finally {
      clearInterval(trickle)
    }
  })

  it('does not keep us from stopping, whatever it was in the middle of', async () => {
    await start()
    await dial()
    await dial('POST /api/sign-in HT')
    for (const next of ['', head('GET / HTTP/1.1', ...UPGRADE)]) {
      const socket = await dial(head(`GET /${MUCH} HTTP/1.1`))
      await once(socket, 'readable')
      socket.write(next)
    }
    await isServed()
    await part.close()
    await start()
  })

  it('may be reset at any moment, whatever it asked for, and takes nobody along', async () => {
    await start()
    const json = ['Content-Type: application/json', 'Content-Length: 100000']
    const asked = {
      upgrade: head('GET / HTTP/1.1', ...UPGRADE),
      'upgrade after others': head('GET / HTTP/1.1').repeat(3) + head('GET / HTTP/1.1', ...UPGRADE),
      connect: head('CONNECT example.com:443 HTTP/1.1'),
      'connect after others':
        head('GET / HTTP/1.1').repeat(3) + head('CONNECT example.com:443 HTTP/1.1'),
      'half a body': `${head('POST /api/certificates HTTP/1.1', ...json)}{"token":`,
      'permission to send': head(
        'POST /api/certificates HTTP/1.1',
        ...json,
        'Expect: 100-continue',
      ),
      'what nobody expects': head('GET / HTTP/1.1', 'Expect: wonders').repeat(20),
      'much at once': head('GET /healthz HTTP/1.1').repeat(10),
      'no http': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.repeat(20),
    }
    for (const request of Object.values(asked)) {
      for (let times = 0; times < 100; times += 1) {
        const socket = await dial()
        await new Promise(resolve => socket.write(request, resolve))
        // Before the server has read it, while it answers, and after.
        for (let turns = times % 4; turns > 0; turns -= 1) await new Promise(setImmediate)
        socket.resetAndDestroy()
      }
      await isServed()
    }
    // Nothing of ours failed, and strangers write nothing into our log.
    assert.ok(part.logged.every(({ message }) => message !== 'request failed'))
  })

  it('that says nothing, or never ends its headers or its body, is closed', async () => {
    await start({ deadlines: SOON })
    const slow = [
      await dial(),
      await dial('G'),
      await dial('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '),
      await dial(
        head(
          'POST /api/certificates HTTP/1.1',
          'Content-Type: application/json',
          'Content-Length: 100',
        ),
      ),
      await dial(
        head(
          'POST /api/certificates HTTP/1.1',
          'Content-Type: application/json',
          'Transfer-Encoding: chunked',
        ),
      ),
    ]
    const trickle = setInterval(() => {
      for (const socket of slow.slice(2)) if (socket.writable) socket.write('1')
    }, 50)
    try {
      await Promise.all(slow.map(closed))
    } finally {
      clearInterval(trickle)
    }
  })

  it('that sends headers or a body without end is refused and closed', async () => {
    await start()
    const many = Array.from({ length: 5000 }, (_, number) => `X-${number}: a`)
    assert.doesNotMatch(await sendRaw(part.url, head('GET / HTTP/1.1', ...many)), /HTTP\/1\.1 2/)
    const json = ['Content-Type: application/json', `Origin: ${part.url}`]
    for (const length of ['Content-Length: 10000000000', 'Transfer-Encoding: chunked']) {
      const socket = await dial(head('POST /api/certificates HTTP/1.1', ...json, length))
      let read = ''
      socket.setEncoding('latin1').on('data', (part: string) => {
        read += part
      })
      const piece = Buffer.from(`1000\r\n${'x'.repeat(4096)}\r\n`)
      while (socket.writable && !read.includes('413')) {
        socket.write(piece)
        await new Promise(setImmediate)
      }
      assert.match(read, /^HTTP\/1\.1 413 /)
      await closed(socket)
    }
  })

  it('keeps nobody out by being one of a thousand idle ones', async () => {
    await start()
    const before = heapBytes()
    for (let number = 0; number < 1000; number += 1) await dial(number % 2 === 0 ? '' : 'GET / HT')
    await isServed()
    assert.ok(heapBytes() - before < MOST_GROWTH)
    for (const socket of sockets) socket.resume()
    // All of them come from one address.
    const stay = (): Socket[] =>
      sockets.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded)
    while (stay().length > 64) await new Promise(setImmediate)
  })

  it('keeps nobody out by having been answered once', async () => {
    await start()
    for (let number = 0; number < 200; number += 1) await dial(head('GET /healthz HTTP/1.1'))
    await isServed()
  })

  it('that asks a hundred things at once, before any is answered, is closed', async () => {
    let asked = 0
    await start({
      checks: {
        database: () => {
          asked += 1
          return new Promise(() => undefined)
        },
      },
    })
    const socket = await dial(head('GET /readyz HTTP/1.1').repeat(100))
    await closed(socket)
    assert.equal(asked, 1, 'and all of them were one question to the database')
  })

  it('that guesses cookies is not worth a question to the database any more', async () => {
    const signIns = memorySignIns(memoryJournal())
    let asked = 0
    await start({
      signIns: {
        ...signIns,
        find: async token => {
          asked += 1
          return signIns.find(token)
        },
      },
    })
    for (let guess = 0; guess < 400; guess += 1) {
      const cookie = `__Host-sallyport=${String(guess).padStart(43, 'x')}`
      assert.equal((await ask(part.url, { path: '/api/me', headers: { cookie } })).status, 401)
    }
    assert.equal(asked, 300)
  })
})
