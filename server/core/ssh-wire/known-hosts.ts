/** Where clients find a host. */
export interface HostPlace {
  readonly host: string
  readonly port: number
}

const USUAL_PORT = 22

/** How known_hosts calls a host: any port but 22 stands beside it (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export function knownHostsName({ host, port }: HostPlace): string {
  return port === USUAL_PORT ? host : `[${host}]:${port}`
}

/** The line by which clients know these hosts by a key. */
export function knownHostsLine(places: readonly HostPlace[], publicKeyLine: string): string {
  return `${patternsOf(places)} ${publicKeyLine}`
}

/** The line by which clients know these hosts by whatever key this CA certifies for them. */
export function authorityLine(places: readonly HostPlace[], caLine: string): string {
  return `@cert-authority ${patternsOf(places)} ${caLine}`
}

/** For a file that is read only on the way through one bastion: its CA certifies the targets behind it, too. */
export function authorityForAll(caLine: string): string {
  return `@cert-authority * ${caLine}`
}

function patternsOf(places: readonly HostPlace[]): string {
  return [...new Set(places.map(knownHostsName))].join(',')
}
