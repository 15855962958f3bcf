import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { hostNames, sshPlaces } from '../../server/config/ssh-places.ts'
import type { Config } from '../../server/config.ts'
import type { ListenAddress } from '../../server/config/address.ts'

const loopback: ListenAddress = { host: '127.0.0.1', port: 2222 }

function settings(
  publicUrl: string | null,
  publicSsh: readonly ListenAddress[],
  ssh = loopback,
): Pick<Config, 'http' | 'publicSsh' | 'ssh'> {
  const http = { host: '127.0.0.1', port: 8022, publicUrl, tls: null, proxies: [] }
  return { http, publicSsh, ssh }
}

describe('where clients find SSH', () => {
  for (const [what, config, expected] of [
    ['on loopback: here, by either name', settings(null, []), ['127.0.0.1:2222', 'localhost:2222']],
    [
      'as the browser part is published, where nothing else is said',
      settings('https://bastion.example.com:8443', []),
      ['bastion.example.com:2222', '127.0.0.1:2222', 'localhost:2222'],
    ],
    [
      'as published, and not where it listens',
      settings('https://page.example.com', [{ host: 'ssh.example.com', port: 22 }]),
      ['ssh.example.com:22'],
    ],
    [
      'by the machine’s name where it listens everywhere',
      settings(null, [], { host: '0.0.0.0', port: 22 }),
      [`${hostname()}:22`],
    ],
    [
      'without the brackets that a URL puts around an address',
      settings('http://[2001:db8::7]', [], { host: '2001:db8::7', port: 22 }),
      ['2001:db8::7:22', '2001:db8::7:22'],
    ],
  ] as const) {
    it(`is ${what}`, () => {
      const places = sshPlaces(config, config.ssh).map(({ host, port }) => `${host}:${port}`)
      assert.deepEqual(places, expected)
    })
  }

  it('has the port that the system chose', () => {
    assert.equal(
      sshPlaces(settings(null, []), { host: '127.0.0.1', port: 40_022 })[0]?.port,
      40_022,
    )
  })

  it('gives host certificates every name that clients may use, published or not', () => {
    const config = settings('https://page.example.com', [{ host: 'ssh.example.com', port: 22 }], {
      host: '10.0.0.5',
      port: 2222,
    })
    assert.deepEqual(hostNames(config), [
      'ssh.example.com',
      'page.example.com',
      '10.0.0.5',
      ...new Set([hostname(), 'localhost', '127.0.0.1', '::1']),
    ])
  })
})
