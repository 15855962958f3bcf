import { formatAddress } from '../config/address.ts'
import type { Config } from '../config.ts'
import type { OfferedDemo } from './offer-demo.ts'
import type { Ready } from './ready-file.ts'
import type { Paint } from './screen.ts'

/** What `up` says when it serves. Commands stand alone on their lines, to be copied. */
export function welcome({
  ready,
  config,
  database,
  demo,
  firstLink,
  paint,
}: {
  ready: Ready
  config: Config
  /** Where what is recorded lies; a backup of the state alone may not have it. */
  database: string
  demo: OfferedDemo | null
  firstLink: string | null
  paint: Paint
}): string {
  const lines = [
    paint.bold(`Sallyport ${ready.version} is ready.`),
    '',
    `  ssh      ${formatAddress(ready.ssh)}`,
    `  browser  ${ready.http.url}`,
    `  state    ${config.home}`,
    `  database ${database}`,
    `  keys     ${config.keys}   (back them up; keys/README.md says which is which)`,
    ...demoLines(demo, paint),
    '',
  ]
  if (firstLink !== null) {
    lines.push(
      'Nobody has signed in yet. This link does it once, as administrator, within an hour:',
      '',
      `  ${firstLink}`,
      '',
    )
  }
  lines.push(
    'Clients know this bastion by this, in their known_hosts (~/.ssh/known_hosts); ssh then asks nothing:',
    '',
    ...ready.ssh.knownHosts,
    '',
  )
  lines.push('Paste these into a second terminal, in this folder, one after another:', '')
  lines.push(...ready.next, '')
  if (config.database.url !== null) {
    lines.push('(there, DATABASE_URL must be set as it is here)', '')
  }
  return lines.join('\n')
}

function demoLines(demo: OfferedDemo | null, paint: Paint): string[] {
  if (demo === null) return []
  if (demo.isolation !== null) {
    return [
      `  demo     a shell on this machine to try things on, apart from it (${demo.isolation})`,
    ]
  }
  return [
    paint.bad(
      '  demo     NOT ISOLATED: commands on it run as the bastion itself, so it takes only the policy investigator',
    ),
    ...demo.failures.map(failure => `           ${failure}`),
    '           to isolate it: install bubblewrap, or run as root; to do without: sallyport target remove demo',
  ]
}
