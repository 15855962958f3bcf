import assert from 'node:assert/strict'
import { checkExposure, clientAddress, exposureOf } from '../../server/core/exposure.ts'
import { startHttp } from '../../server/http/server.ts'
import { LOOPBACK, plainPage } from '../support/browser-part.ts'

const TLS = { certificateFile: '/c.pem', keyFile: '/k.pem' }

describe('checkExposure', () => {
  for (const [what, settings, fault] of [
    ['loopback by address', {}, null],
    ['loopback by name', { host: 'localhost' }, null],
    ['loopback in IPv6', { host: '::1' }, null],
    ['every address in the clear', { host: '0.0.0.0' }, /without encryption/],
    ['one address in the clear', { host: '192.0.2.7' }, /without encryption/],
    ['a name in the clear', { host: 'bastion' }, /without encryption/],
    ['an address that only begins like loopback', { host: '127.evil.example' }, /without/],
    ['one address with TLS', { host: '192.0.2.7', tls: TLS }, null],
    ['every address with TLS and no name', { host: '0.0.0.0', tls: TLS }, /public URL/],
    ['every address with TLS', { host: '::', tls: TLS, publicUrl: 'https://b.example' }, null],
    ['a proxy and no public URL', { proxies: ['10.0.0.1'] }, /public URL/],
    ['a proxy that is no address', { proxies: ['lb'], publicUrl: 'https://b.example' }, /IP/],
    [
      'a proxy that ends TLS',
      { host: '10.0.0.2', proxies: ['10.0.0.1'], publicUrl: 'https://b.example' },
      null,
    ],
    ['a public URL in the clear', { publicUrl: 'http://b.example' }, /must begin with https/],
    [
      'a public URL with a path',
      { publicUrl: 'https://b.example/replay' },
      /scheme, host and port/,
    ],
    ['a public URL that is none', { publicUrl: 'b.example' }, /scheme, host and port/],
    ['a public URL of a script', { publicUrl: 'javascript:alert(1)' }, /scheme, host and port/],
  ] as const) {
    it(`${fault === null ? 'takes' : 'refuses'} ${what}`, () => {
      const checked = checkExposure({ ...LOOPBACK, ...settings })
      if (fault === null) assert.deepEqual(checked, { ok: true, value: null })
      else assert.match(checked.ok ? '' : checked.fault, fault)
    })
  }

  it('stops the start with its sentence', async () => {
    const page = plainPage()
    const parts = { config: { ...LOOPBACK, host: '0.0.0.0' }, assetsFolder: page.folder }
    await assert.rejects(startHttp(Object.assign(Object.create(null), parts)), /without encryption/)
    page.remove()
  })
})

describe('exposureOf', () => {
  it('knows loopback by all its names and no other', () => {
    const { hosts, origins, url } = exposureOf(LOOPBACK, 8022)
    assert.equal(url, 'http://127.0.0.1:8022')
    assert.deepEqual([...hosts], ['127.0.0.1:8022', 'localhost:8022', '[::1]:8022'])
    assert.ok(origins.has('http://localhost:8022'))
    assert.ok(!origins.has('https://localhost:8022'))
  })

  it('knows itself only by its public name behind a proxy, and takes requests only from there', () => {
    const settings = { ...LOOPBACK, proxies: ['10.0.0.1'], publicUrl: 'https://b.example' }
    const { hosts, peers, overTls } = exposureOf(settings, 8022)
    assert.deepEqual([...hosts], ['b.example'])
    assert.deepEqual([...(peers ?? [])], ['10.0.0.1'])
    assert.ok(overTls)
  })
})

describe('clientAddress', () => {
  for (const [what, peer, forwarded, expected] of [
    ['ignores a claim from anyone', '203.0.113.9', '127.0.0.1', '203.0.113.9'],
    ['takes the proxy’s word', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    [
      'takes the nearest hop, not the first claim',
      '10.0.0.1',
      '127.0.0.1, 203.0.113.9',
      '203.0.113.9',
    ],
    ['reads past a second proxy', '10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['is the proxy when its word is no address', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['is the proxy when it says nothing', '10.0.0.1', undefined, '10.0.0.1'],
    ['writes a mapped IPv4 address plainly', '::ffff:203.0.113.9', undefined, '203.0.113.9'],
  ] as const) {
    it(what, () => {
      assert.equal(clientAddress(peer, forwarded, ['10.0.0.1', '10.0.0.2']), expected)
    })
  }
})
