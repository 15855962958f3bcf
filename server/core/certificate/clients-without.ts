/** How clients that know no certificates call themselves (RFC 4253 §4.2), and how people call them. */
const WITHOUT: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^SSH-2\.0-dropbear/, 'dropbear'],
  [/^SSH-2\.0-ssh2js/, 'ssh2 for Node'],
]

/**
 * The name of the client, where it is one that can never log in here. Such a client is told why as soon as
 * its first key is refused; others may still offer a certificate, and would show a banner above a login
 * that works.
 */
export function clientWithoutCertificates(version: string): string | null {
  return WITHOUT.find(([pattern]) => pattern.test(version))?.[1] ?? null
}
