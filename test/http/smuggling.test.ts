import assert from 'node:assert/strict'
import { plainPage, startBrowserPart, type BrowserPart } from '../support/browser-part.ts'
import { ask, sendRaw } from '../support/raw-http.ts'

/** What somebody would hide behind another request: if it is answered, it got through. */
const hidden = (host: string): string => `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`

describe('a request that two servers could read in two ways', () => {
  const page = plainPage()
  let part: BrowserPart
  let host: string

  before(async () => {
    part = await startBrowserPart([], page.folder)
    host = new URL(part.url).host
  })
  after(async () => {
    await part.close()
    page.remove()
  })

  for (const [what, ...lines] of [
    ['a length and chunks', 'Content-Length: 4', 'Transfer-Encoding: chunked'],
    ['chunks and a length', 'Transfer-Encoding: chunked', 'Content-Length: 4'],
    ['two lengths', 'Content-Length: 5', 'Content-Length: 0'],
    ['the same length twice', 'Content-Length: 5', 'Content-Length: 5'],
    ['a list of lengths', 'Content-Length: 5, 5'],
    ['a signed length', 'Content-Length: +5'],
    ['a length below nothing', 'Content-Length: -1'],
    ['a length in hexadecimal', 'Content-Length: 0x5'],
    ['a length beyond all numbers', `Content-Length: ${'9'.repeat(40)}`],
    ['an empty length', 'Content-Length: '],
    ['chunks that are not the last coding', 'Transfer-Encoding: chunked, identity'],
    ['a coding nobody knows', 'Transfer-Encoding: xchunked'],
    ['a coding twice', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    ['a space before the colon', 'Transfer-Encoding : chunked'],
    ['a folded header', 'Transfer-Encoding:', ' chunked'],
    ['a header without a name', ': chunked'],
    ['a zero byte in a header', 'X-A: b\0c'],
    ['a bare line feed', 'X-A: b\nTransfer-Encoding: chunked'],
    ['a bare carriage return', 'X-A: b\rTransfer-Encoding: chunked'],
  ] as const) {
    it(`with ${what} is refused, and nothing behind it is answered`, async () => {
      const head = ['POST /api/sign-in HTTP/1.1', `Host: ${host}`, ...lines].join('\r\n')
      const read = await sendRaw(part.url, `${head}\r\n\r\n0\r\n\r\n${hidden(host)}`)
      assert.doesNotMatch(read, /HTTP\/1\.1 2/)
    })
  }

  it('with broken chunks is refused, and nothing behind it is answered', async () => {
    for (const chunk of [
      'zz\r\n',
      '-1\r\n',
      `${'f'.repeat(20)}\r\n`,
      '5\r\nabcde0\r\n',
      '0;\n\r\n',
    ]) {
      const head = `POST /api/sign-in HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`
      const read = await sendRaw(part.url, `${head}${chunk}\r\n${hidden(host)}`)
      assert.doesNotMatch(read, /HTTP\/1\.1 2/, JSON.stringify(chunk))
    }
  })

  it('by a name for another method is read as what it is', async () => {
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const headers = { [name]: 'POST', origin: part.url, 'content-type': 'application/json' }
      for (const path of ['/api/sign-out?_method=POST', '/api/certificates']) {
        const { status } = await ask(part.url, { path, headers })
        assert.equal(status, 405, `${name} ${path}`)
      }
    }
  })

  it('to another server, or to none, is no request of ours', async () => {
    for (const line of [
      'CONNECT 127.0.0.1:22 HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'GET http://169.254.169.254/latest HTTP/1.1',
      'PRI * HTTP/2.0',
      'GET / HTTP/3.0',
    ]) {
      const read = await sendRaw(part.url, `${line}\r\nHost: ${host}\r\n\r\n`)
      assert.doesNotMatch(read, /HTTP\/1\.1 [13]|HTTP\/1\.1 2/, line)
    }
  })
})
