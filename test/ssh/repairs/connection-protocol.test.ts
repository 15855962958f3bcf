import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { ServerChannel } from 'ssh2'
import { installRepairs, removeRepairs } from '../../../server/ssh/repairs/install.ts'
import {
  collect,
  type Keyring,
  makeKeyring,
  runSsh,
  sshArguments,
  startSsh,
} from '../../support/ssh-client.ts'
import { type Bastion, type Serve, startBastion } from '../bastion.ts'
import { type RawServer, rawServer } from './raw-server.ts'

/** More than ssh2's window, and more than ssh's own. */
const MUCH = 6 * 1024 * 1024

describe('the connection protocol of ssh2', () => {
  let keyring: Keyring
  let keyFile: string
  let shipped: RawServer | null = null
  let bastion: Bastion | null = null

  before(() => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
  })
  after(() => keyring.remove())
  beforeEach(() => removeRepairs())
  afterEach(async () => {
    shipped?.close()
    shipped = null
    installRepairs()
    await bastion?.close()
    bastion = null
  })

  const start = async (serve: Serve): Promise<Bastion> => {
    installRepairs()
    bastion = await startBastion(keyring, serve)
    return bastion
  }

  const ship = async (serve: (channel: ServerChannel) => void): Promise<RawServer> => {
    shipped = await rawServer(keyring, session => {
      session.on('exec', accept => serve(accept()))
    })
    return shipped
  }

  describe('sends standard output and standard error together', () => {
    const isExact = (stdout: string, stderr: string): boolean =>
      stdout === 'o'.repeat(MUCH) && stderr === 'e'.repeat(MUCH)

    it('wrongly, as shipped: it repeats old data, or hangs', async () => {
      const to = await ship(channel => {
        channel.write('o'.repeat(MUCH))
        channel.stderr.write('e'.repeat(MUCH))
        setTimeout(() => {
          channel.exit(0)
          channel.end()
        }, 500)
      })
      const child = startSsh(to.destination(keyFile), keyring.directory, [], ['x'])
      const patience = setTimeout(() => child.kill(), 3000)
      const ran = await collect(child)
      clearTimeout(patience)
      assert.equal(isExact(ran.stdout.toString(), ran.stderr), false)
    })

    it('exactly, with the repair', async () => {
      const to = await start(async ({ client }) => {
        client.stdout.write('o'.repeat(MUCH))
        client.stderr.write('e'.repeat(MUCH))
        await client.finish({ status: 0 })
      })
      const ran = await runSsh(to.destination(keyFile), keyring.directory, { command: ['x'] })
      assert.ok(isExact(ran.stdout.toString(), ran.stderr))
    })
  })

  describe('reads a command that is not UTF-8', () => {
    const ask = async (destination: ReturnType<Bastion['destination']>): Promise<void> => {
      const script = `exec ssh "$@" "$(printf '\\377\\200')"`
      const options = sshArguments(destination, keyring.directory)
      await collect(spawn('sh', ['-c', script, 'sh', ...options, destination.host]))
    }

    it('wrongly, as shipped', async () => {
      let command = ''
      shipped = await rawServer(keyring, session => {
        session.on('exec', (accept, _reject, info) => {
          command = info.command
          const channel = accept()
          channel.exit(0)
          channel.end()
        })
      })
      await ask(shipped.destination(keyFile))
      assert.equal(command, '\u{fffd}\u{fffd}')
    })

    it('byte for byte, with the repair', async () => {
      let command: Uint8Array = new Uint8Array()
      const to = await start(async ({ program, client }) => {
        if (program.is === 'exec') command = program.command
        await client.finish({ status: 0 })
      })
      await ask(to.destination(keyFile))
      assert.deepEqual([...command], [0xff, 0x80])
    })
  })

  describe('keeps input that comes before somebody has decided', () => {
    const decideLater = 100

    it('not as shipped: it is dropped', async () => {
      let got = ''
      shipped = await rawServer(keyring, session => {
        session.on('exec', accept => {
          setTimeout(() => {
            // After the client's EOF there is nothing left to accept.
            const channel: ServerChannel | undefined = accept()
            if (channel === undefined) return
            void text(channel).then(all => {
              got = all
            })
            channel.exit(0)
            channel.end()
          }, decideLater)
        })
      })
      const child = startSsh(shipped.destination(keyFile), keyring.directory, [], ['x'])
      const patience = setTimeout(() => child.kill(), 1000)
      await collect(child, 'early')
      clearTimeout(patience)
      assert.equal(got, '')
    })

    it('with the repair', async () => {
      let got = ''
      const to = await start(async ({ client }) => {
        await new Promise(resolve => setTimeout(resolve, decideLater))
        got = await text(client.stdin)
        await client.finish({ status: 0 })
      })
      await runSsh(to.destination(keyFile), keyring.directory, { command: ['x'], input: 'early' })
      assert.equal(got, 'early')
    })
  })
})
