import type { Duplex } from 'node:stream'

/**
 * Fault: ssh2 gives each message to the socket by itself. Its half of a later key exchange and the
 * NEWKEYS after it so come in two segments. PuTTY (0.78 and 0.83) then sends what it held back in between,
 * and where nothing else comes it reads no more of its input: both sides wait for ever. sshd sends the two
 * at once.
 *
 * What one chunk of the peer asks for is answered with one write. To be called after the first key
 * exchange: listening earlier than ssh2 would make data flow past it.
 */
export function answerInOneWrite(socket: Duplex): void {
  socket.prependListener('data', () => {
    socket.cork()
    process.nextTick(() => socket.uncork())
  })
}
