/** Who takes part when a token is attacked: two issuers that are trusted, and one that is not. */
import { exportSPKI, importJWK, type CryptoKey } from 'jose'
import { makeIssuerKey, TokenIssuer, type IssuerKey } from '../../support/token-issuer.ts'

/** What is attacked, the refusal's name, and the token. */
export type Attack = [what: string, because: string, token: () => Promise<string> | string]

export class AttackScene {
  issuer!: TokenIssuer
  other!: TokenIssuer
  /** Has keys under the same id as `issuer`, and is not trusted. */
  stranger!: TokenIssuer
  /** Under the id of `issuer`'s key, and nobody publishes it. */
  unpublished!: IssuerKey

  async open(): Promise<void> {
    this.issuer = await TokenIssuer.start()
    this.other = await TokenIssuer.start(await makeIssuerKey('other-key'))
    this.stranger = await TokenIssuer.start(await makeIssuerKey('key-1'))
    this.unpublished = await makeIssuerKey('key-1')
  }

  async close(): Promise<void> {
    await Promise.all([this.issuer, this.other, this.stranger].map(one => one.close()))
  }

  now(): number {
    return Math.floor(Date.now() / 1000)
  }

  /** The claims of a token that would be good. */
  honest(): object {
    const now = this.now()
    const times = { iat: now, nbf: now, exp: now + 300 }
    return { iss: this.issuer.url, aud: 'sallyport', sub: 'somebody', ...times }
  }

  payload(change: object): string {
    return JSON.stringify({ ...this.honest(), ...change })
  }

  /** Signed by nobody: the third part is what an attacker writes. */
  handmade(header: object, claims: object, signature = 'AAAA'): string {
    return [header, claims]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .concat(signature)
      .join('.')
  }

  /** The issuer's public key as everybody may have it. */
  async publicPem(): Promise<string> {
    return exportSPKI((await importJWK(this.issuer.key.publicJwk, 'RS256')) as CryptoKey)
  }
}
