import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import { type BrowserPart, plainPage, startBrowserPart } from '../support/browser-part.ts'
import { ask } from '../support/raw-http.ts'

describe('a connection that cannot be accepted', () => {
  const page = plainPage()
  let part: BrowserPart

  before(async () => {
    part = await startBrowserPart([], page.folder)
  })
  after(async () => {
    await part.close()
    page.remove()
  })

  const isServed = async (): Promise<void> => {
    assert.equal((await ask(part.url, { path: '/healthz' })).status, 200)
  }

  it('leaves the others be, however often that happens', async () => {
    const found = new Promise<Server>(resolve => {
      subscribe('http.server.request.start', function tell(message) {
        unsubscribe('http.server.request.start', tell)
        resolve((message as { server: Server }).server)
      })
    })
    await isServed()
    const listener = await found
    const codes = ['EMFILE', 'ENOBUFS', 'EMFILE']
    // As net.Server does when accept(2) fails.
    for (const code of codes) listener.emit('error', new Error(`accept ${code}`))
    await isServed()
    assert.deepEqual(
      part.logged.map(({ message }) => message),
      codes.map(code => `listening for http: accept ${code}`),
    )
  })
})
