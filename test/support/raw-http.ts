/** Requests exactly as written: browsers and fetch would put right what these tests want wrong. */
import { request, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Wanted {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export function ask(
  base: string,
  { method = 'GET', path, headers = {}, body }: Wanted,
): Promise<Reply> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers, agent: false }, response => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
        }),
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Sends bytes on a fresh connection and reads until the other side closes it, or cuts it. */
export function sendRaw(base: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(base)
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    let read = ''
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => {
      read += part
    })
    socket.on('close', () => resolve(read))
    // A reset is one of the answers these tests expect; `close` follows it.
    socket.on('error', () => undefined)
  })
}
