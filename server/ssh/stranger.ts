import type { Limits } from '../config/limits.ts'
import type { Ssh2Peer } from './transport.ts'

/**
 * Watches somebody who has not logged in, and calls `cutOff` with a sentence when it costs more than a login
 * does. Returns how to stop. Key exchanges are the dearest thing a stranger can ask for, and no client that we
 * know begins a second one before its login.
 */
export function watchStranger(
  peer: Ssh2Peer,
  { bytesBeforeLogin }: Pick<Limits, 'bytesBeforeLogin'>,
  cutOff: (sentence: string) => void,
): () => void {
  const { _protocol: protocol, _sock: socket } = peer
  let hasKeys = false
  peer.once('handshake', () => {
    hasKeys = true
  })
  const look = (): void => {
    if (socket.bytesRead > bytesBeforeLogin) {
      cutOff(`sallyport: ${bytesBeforeLogin} bytes came and no login; log in first`)
    } else if (hasKeys && protocol._kexinit !== undefined) {
      cutOff('sallyport: log in before you exchange keys again')
    }
  }
  // Called after ssh2 has dealt with the chunk.
  socket.on('data', look)
  return () => socket.off('data', look)
}
