import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import handlers from 'ssh2/lib/protocol/handlers.js'
import { byte, MESSAGE, string, uint32 } from '../../../server/ssh/connection/wire.ts'
import { installRepairs, removeRepairs } from '../../../server/ssh/repairs/install.ts'
import { answerInOneWrite } from '../../../server/ssh/repairs/split-answers.ts'
import { sendMessage } from '../../../server/ssh/transport.ts'
import { type Destination, type Keyring, makeKeyring, runSsh } from '../../support/ssh-client.ts'
import { type Bastion, startBastion } from '../bastion.ts'
import { type RogueClient, rogueClient } from '../rogue-client.ts'
import { rawServer } from './raw-server.ts'

const IGNORE = 2
const UNIMPLEMENTED = 3
const SERVICE_REQUEST = 5
const SERVICE_ACCEPT = 6
const PING = 192
const PONG = 193

describe('repairs of ssh2 at work', () => {
  let keyring: Keyring
  let keyFile: string
  let bastion: Bastion
  let client: RogueClient

  before(async () => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
    bastion = await startBastion(keyring, ({ client: agent }) => agent.finish({ status: 0 }))
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })
  beforeEach(async () => {
    client = await rogueClient(bastion.destination(keyFile))
  })
  afterEach(() => client.end())

  /** The next message of this kind that either side of this process receives as an ssh2 client. */
  const next = (kind: number): Promise<Buffer> =>
    new Promise(resolve => {
      const original = handlers[kind]
      handlers[kind] = (protocol, payload) => {
        if (protocol !== client.peer._protocol) return original?.(protocol, payload)
        handlers[kind] = original
        return resolve(Buffer.from(payload))
      }
    })

  it('answers a ping with its data', async () => {
    const pong = next(PONG)
    sendMessage(client.peer._protocol, [byte(PING), string('some data')])
    assert.deepEqual(await pong, Buffer.concat([byte(PONG), string('some data')]))
  })

  it('leaves a pong unanswered', async () => {
    const pong = next(PONG)
    sendMessage(client.peer._protocol, [byte(PONG), string('nobody asked')])
    sendMessage(client.peer._protocol, [byte(PING), string('last')])
    assert.deepEqual(await pong, Buffer.concat([byte(PONG), string('last')]))
  })

  it('says which message it did not know', async () => {
    const answers: number[] = []
    for (const number of [150, 200, 255]) {
      const answer = next(UNIMPLEMENTED)
      sendMessage(client.peer._protocol, [byte(number), string('what is this')])
      answers.push((await answer).readUInt32BE(1))
    }
    const [first = 0] = answers
    assert.deepEqual(answers, [first, first + 1, first + 2])
  })

  it('takes a message to be ignored while it re-keys', async () => {
    const { _protocol: protocol } = client.peer
    protocol.rekey()
    sendMessage(protocol, [byte(IGNORE), string('x')], { evenDuringKeyExchange: true })
    await new Promise(resolve => client.peer.once('handshake', resolve))
    const channel = await client.multiplexer.open('session')
    assert.notEqual(typeof channel, 'string')
  })

  it('re-keys again and again while data flows', async () => {
    for (let round = 0; round < 5; round += 1) {
      client.peer._protocol.rekey()
      await new Promise(resolve => client.peer.once('handshake', resolve))
      const channel = await client.multiplexer.open('session')
      assert.ok(typeof channel !== 'string')
      assert.equal(await channel.ask('exec', string('x')), true)
      await channel.gone
    }
  })

  it('lets a client ask for the login service again, where ssh2 hangs up', async () => {
    const shipped = await rawServer(keyring, () => undefined)
    try {
      assert.equal(await mayAskAgain(shipped.destination('')), false)
      assert.equal(await mayAskAgain(bastion.destination('')), true)
    } finally {
      shipped.close()
    }
  })

  it('answers a chunk in one write, where ssh2 writes each message by itself', async () => {
    for (const isRepaired of [false, true]) {
      const { socket, writes } = answeringTwice()
      if (isRepaired) answerInOneWrite(socket)
      socket.push('a question')
      await new Promise(resolve => setImmediate(resolve))
      assert.deepEqual(writes, isRepaired ? ['onetwo'] : ['one', 'two'])
    }
  })

  it('ends the connection of who asks for something before the login, where ssh2 answers', async () => {
    removeRepairs()
    try {
      assert.equal(await answerBeforeLogin(keyring), MESSAGE.requestFailure)
    } finally {
      installRepairs()
    }
  })

  it('sends a list of signature algorithms without ssh2’s missing comma', async () => {
    const listOf = async (to: Bastion | Awaited<ReturnType<typeof rawServer>>): Promise<string> => {
      const options = ['-v']
      const destination = to.destination(keyFile)
      const ran = await runSsh(destination, keyring.directory, { options, command: ['x'] })
      return /server-sig-algs=<([^>]*)>/.exec(ran.stderr)?.[1] ?? ''
    }
    const shipped = await rawServer(keyring, session => {
      session.on('exec', accept => {
        const channel = accept()
        channel.exit(0)
        channel.end()
      })
    })
    removeRepairs()
    assert.match(await listOf(shipped), /nistp521rsa-sha2-512/)
    installRepairs()
    shipped.close()
    const repaired = (await listOf(bastion)).split(',')
    assert.ok(repaired.includes('rsa-sha2-512'))
    assert.ok(repaired.includes('ecdsa-sha2-nistp521'))
    assert.ok(!repaired.includes('ssh-rsa'))
  })
})

/** A socket whose reader writes twice for each chunk, and what arrives of it at once. */
function answeringTwice(): { socket: Duplex; writes: string[] } {
  const writes: string[] = []
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString())
      done()
    },
    writev(chunks: { chunk: Buffer }[], done) {
      writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk)).toString())
      done()
    },
  })
  socket.on('data', () => {
    socket.write('one')
    socket.write('two')
  })
  return { socket, writes }
}

/** Asks for the login service, as every client does, and once more before it tries a key. */
async function mayAskAgain({ host, port }: Destination): Promise<boolean> {
  const client = new ssh2.Client()
  const accepting = handlers[SERVICE_ACCEPT]
  try {
    return await new Promise(resolve => {
      client.on('error', () => resolve(false))
      client.on('close', () => resolve(false))
      client.connect({
        host,
        port,
        username: 'x',
        hostVerifier: () => true,
        authHandler: () => {
          handlers[SERVICE_ACCEPT] = () => resolve(true)
          const { _protocol } = client as unknown as Pick<RogueClient['peer'], '_protocol'>
          sendMessage(_protocol, [byte(SERVICE_REQUEST), string('ssh-userauth')])
        },
      })
    })
  } finally {
    handlers[SERVICE_ACCEPT] = accepting
    client.end()
  }
}

/** What ssh2's own server says to a global request of somebody who has not logged in. */
async function answerBeforeLogin(keyring: Keyring): Promise<number> {
  const shipped = await rawServer(keyring, () => undefined)
  const { host, port } = shipped.destination('')
  const client = new ssh2.Client()
  try {
    return await new Promise((resolve, reject) => {
      client.on('error', reject)
      client.connect({
        host,
        port,
        username: 'x',
        hostVerifier: () => true,
        authHandler: () => {
          const { _protocol } = client as unknown as { _protocol: RogueClient['peer']['_protocol'] }
          const original = handlers[MESSAGE.requestFailure]
          handlers[MESSAGE.requestFailure] = () => {
            handlers[MESSAGE.requestFailure] = original
            resolve(MESSAGE.requestFailure)
          }
          sendMessage(_protocol, [byte(MESSAGE.globalRequest), string('x'), byte(1), uint32(0)])
        },
      })
    })
  } finally {
    client.end()
    shipped.close()
  }
}
