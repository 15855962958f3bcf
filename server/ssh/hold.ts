import type { Duplex } from 'node:stream'

const holds = new WeakMap<Duplex, number>()

/** Reads no more from `socket` until everybody who holds it has let it go. Returns how to let go, once. */
export function hold(socket: Duplex): () => void {
  holds.set(socket, (holds.get(socket) ?? 0) + 1)
  socket.pause()
  let isHeld = true
  return () => {
    if (!isHeld) return
    isHeld = false
    const left = (holds.get(socket) ?? 1) - 1
    holds.set(socket, left)
    if (left === 0) socket.resume()
  }
}
