/** An OpenID provider that signs everybody in at once, and lies in every way a test asks for. */
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendJson, signText, TokenIssuer, type IssuerKey } from './token-issuer.ts'

interface Code {
  readonly nonce: string | null
  readonly challenge: string | null
  readonly redirectUri: string
}

export class OpenIdProvider {
  readonly issuer: TokenIssuer
  readonly clientId = 'sallyport'
  /** Null takes clients without a secret. */
  secret: string | null = null
  /** Who signs in. */
  person: Record<string, unknown> = { sub: 'u-1', email: 'ada@example.com', email_verified: true }
  /** Changes to an honest provider's answers. */
  lies: {
    idToken?: (claims: Record<string, unknown>) => Record<string, unknown>
    header?: object
    key?: IssuerKey
    noIdToken?: boolean
    noPkce?: boolean
    metadata?: Record<string, unknown>
    callback?: (parameters: URLSearchParams) => void
  } = {}
  readonly #codes = new Map<string, Code>()
  /** Codes that were exchanged. */
  exchanged = 0

  static async start(key?: IssuerKey): Promise<OpenIdProvider> {
    return new OpenIdProvider(await TokenIssuer.start(key))
  }

  private constructor(issuer: TokenIssuer) {
    this.issuer = issuer
    const { pages } = issuer
    pages.set('/.well-known/openid-configuration', (_request, response) =>
      sendJson(response, this.#metadata()),
    )
    pages.set('/authorize', (request, response) => this.#authorize(request, response))
    pages.set('/token', (request, response) => void this.#token(request, response))
  }

  get url(): string {
    return this.issuer.url
  }

  close(): Promise<void> {
    return this.issuer.close()
  }

  #metadata(): object {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      jwks_uri: this.issuer.jwksUrl,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ...this.lies.metadata,
    }
  }

  #authorize(request: IncomingMessage, response: ServerResponse): void {
    const asked = new URL(request.url ?? '', this.url).searchParams
    const redirectUri = asked.get('redirect_uri') ?? ''
    const code = randomBytes(16).toString('base64url')
    this.#codes.set(code, {
      nonce: asked.get('nonce'),
      challenge: asked.get('code_challenge_method') === 'S256' ? asked.get('code_challenge') : null,
      redirectUri,
    })
    const answer = new URLSearchParams({ code, state: asked.get('state') ?? '', iss: this.url })
    this.lies.callback?.(answer)
    response.writeHead(302, { location: `${redirectUri}?${answer.toString()}` }).end()
  }

  async #token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += String(part)
    const asked = new URLSearchParams(body)
    const code = this.#codes.get(asked.get('code') ?? '')
    this.#codes.delete(asked.get('code') ?? '')
    const verifier = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url')
    const isGood =
      code !== undefined &&
      (code.challenge === verifier || this.lies.noPkce === true) &&
      code.redirectUri === asked.get('redirect_uri') &&
      this.#isClient(request, asked)
    if (!isGood) {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: 'invalid_grant' }))
      return
    }
    this.exchanged += 1
    const idToken = this.lies.noIdToken ? {} : { id_token: await this.#idToken(code) }
    sendJson(response, { access_token: 'unused', token_type: 'Bearer', expires_in: 60, ...idToken })
  }

  #isClient(request: IncomingMessage, asked: URLSearchParams): boolean {
    if (this.secret === null) return asked.get('client_id') === this.clientId
    const [, basic = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? []
    // Both are written as in a form before they are put together (RFC 6749 §2.3.1).
    const named = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent)
    const inBody =
      asked.get('client_id') === this.clientId && asked.get('client_secret') === this.secret
    return (named[0] === this.clientId && named[1] === this.secret) || inBody
  }

  #idToken({ nonce }: Code): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const honest = {
      iss: this.url,
      aud: this.clientId,
      iat: now,
      exp: now + 300,
      nonce,
      ...this.person,
    }
    const claims = this.lies.idToken?.(honest) ?? honest
    return signText(
      JSON.stringify(claims),
      this.lies.header ?? {},
      this.lies.key ?? this.issuer.key,
    )
  }
}
