import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { WireReader } from '../../../server/core/ssh-wire/reader.ts'
import { WireWriter } from '../../../server/core/ssh-wire/writer.ts'
import type { SoftwareKey } from '../software-keys.ts'

/** draft-ietf-sshm-ssh-agent §3. */
const FAILURE = 5
const REQUEST_IDENTITIES = 11
const IDENTITIES_ANSWER = 12
const SIGN_REQUEST = 13
const SIGN_RESPONSE = 14

export interface SecurityKeyAgent {
  close(): Promise<void>
}

/**
 * An agent that holds a security key and its certificate, played by software: to a client it is the same
 * whether a finger touches something or not. Clients that know of security keys only the name of their
 * type log in with it, too, because the agent does what is special about them.
 */
export async function startSecurityKeyAgent(
  socketPath: string,
  key: SoftwareKey,
  certificate: Uint8Array,
): Promise<SecurityKeyAgent> {
  // Both, as ssh-add puts them there.
  const held = [key.publicKey.blob, certificate]
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => undefined) // a client that was refused may leave in the middle
    let waiting: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk])
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32BE()) {
        const end = 4 + waiting.readUInt32BE()
        socket.write(new WireWriter().string(answer(waiting.subarray(4, end))).bytes())
        waiting = waiting.subarray(end)
      }
    })
  })
  server.listen(socketPath)
  await once(server, 'listening')
  return {
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }

  function answer(message: Uint8Array): Uint8Array {
    const fields = new WireReader(message)
    switch (fields.byte('message')) {
      case REQUEST_IDENTITIES:
        return new WireWriter()
          .byte(IDENTITIES_ANSWER)
          .uint32(held.length)
          .raw(Buffer.concat(held.map(blob => new WireWriter().string(blob).string('').bytes())))
          .bytes()
      case SIGN_REQUEST: {
        const asked = fields.string('key')
        if (!held.some(blob => Buffer.compare(blob, asked) === 0)) return Uint8Array.of(FAILURE)
        const signature = key.sign(fields.string('data'))
        return new WireWriter().byte(SIGN_RESPONSE).string(signature).bytes()
      }
      default:
        return Uint8Array.of(FAILURE)
    }
  }
}
