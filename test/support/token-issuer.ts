/** An issuer of tokens on a port of its own: real HTTP, real keys, and every mistake a test asks for. */
import { createServer, type Server, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactSign, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose'

export interface IssuerKey {
  readonly keyId: string
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export async function makeIssuerKey(keyId: string, algorithm = 'RS256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const publicJwk = { ...(await exportJWK(publicKey)), kid: keyId, alg: algorithm, use: 'sig' }
  return { keyId, algorithm, privateKey, publicJwk }
}

export type Answering = (request: IncomingMessage, response: ServerResponse) => void

export class TokenIssuer {
  /** What `/jwks` answers; a test may publish, withdraw and damage at will. */
  published: unknown
  /** How often `/jwks` was asked. */
  asked = 0
  /** Null while it works; otherwise how it fails. */
  outage: 'error' | 'refused' | 'silent' | null = null
  key: IssuerKey
  /** Further addresses: an OpenID provider is one of these. */
  readonly pages = new Map<string, Answering>()
  readonly #server: Server
  readonly #waiting = new Set<ServerResponse>()

  static async start(key?: IssuerKey): Promise<TokenIssuer> {
    const issuer = new TokenIssuer(key ?? (await makeIssuerKey('key-1')))
    await new Promise<void>(resolve => issuer.#server.listen(0, '127.0.0.1', resolve))
    return issuer
  }

  private constructor(key: IssuerKey) {
    this.key = key
    this.published = { keys: [key.publicJwk] }
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get jwksUrl(): string {
    return `${this.url}/jwks`
  }

  /** A token as an honest issuer makes it, for five minutes from now, with changes. */
  token(claims: object = {}, header: object = {}, key: IssuerKey = this.key): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const usual = {
      iss: this.url,
      aud: 'sallyport',
      sub: 'somebody',
      iat: now,
      nbf: now,
      exp: now + 300,
    }
    return signText(JSON.stringify(withoutUndefined({ ...usual, ...claims })), header, key)
  }

  async rotate(keyId: string): Promise<IssuerKey> {
    this.key = await makeIssuerKey(keyId, this.key.algorithm)
    this.published = { keys: [this.key.publicJwk] }
    return this.key
  }

  async close(): Promise<void> {
    for (const response of this.#waiting) response.destroy()
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (path === '/jwks') this.asked += 1
    if (this.outage === 'refused') {
      request.socket.destroy()
      return
    }
    if (this.outage === 'silent') {
      this.#waiting.add(response)
      return
    }
    if (this.outage === 'error') {
      response.writeHead(503).end()
      return
    }
    const page = this.pages.get(path)
    if (page !== undefined) page(request, response)
    else if (path === '/jwks') sendJson(response, this.published)
    else response.writeHead(404).end()
  }
}

/** Signs any text as a payload; the header is the usual one, with changes. */
export function signText(payload: string, header: object, key: IssuerKey): Promise<string> {
  const usual = { typ: 'JWT', alg: key.algorithm, kid: key.keyId }
  return new CompactSign(Buffer.from(payload))
    .setProtectedHeader(withoutUndefined({ ...usual, ...header }) as { alg: string })
    .sign(key.privateKey)
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

const withoutUndefined = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
