import type { Config } from '../../config.ts'
import { clockCheck } from '../../operations/health.ts'
import { openPolicies } from '../../policies/open-policies.ts'
import { openStore } from '../../store/open.ts'
import type { Desk } from '../desk.ts'
import type { Ready } from '../ready-file.ts'
import { broken, fine, type Finding, weak } from './examination.ts'

/** Version, fsync, encoding and migrations are looked at whenever the store opens; its fault says what is wrong. */
export async function examineDatabase(config: Config): Promise<Finding[]> {
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
  try {
    const store = await openStore(config, { node: null, clock, log: () => {} })
    try {
      const findings = store.weaknesses.map(weakness => {
        const [found = weakness, remedy = 'see server/config/SETTINGS.md'] =
          weakness.split(/: (?=give )/)
        return weak('database', found, remedy)
      })
      if (findings.length === 0)
        findings.push(fine('database', `${store.where}: migrated, fsync on`))
      const difference = await clockCheck(clock.nowMs, () => store.databaseNowMs())()
      findings.push(
        difference.ok
          ? fine('clock', 'this machine and the database agree')
          : broken(
              'clock',
              difference.why,
              'let both follow NTP (timedatectl set-ntp true); certificates live for minutes',
            ),
      )
      return findings
    } finally {
      await store.close('examined')
    }
  } catch (error) {
    // Whatever it is, it is what the person who runs doctor wants to know.
    return [
      broken(
        'database',
        messageOf(error),
        config.database.url === null
          ? 'see the messages of: sallyport up'
          : 'check DATABASE_URL: host, port, name, password, and that the server runs',
      ),
    ]
  }
}

export async function examinePolicies(folder: string): Promise<Finding[]> {
  const policies = openPolicies(folder)
  const names = await policies.names()
  const findings: Finding[] = []
  for (const name of names) {
    const loaded = await policies.load(name)
    if (!loaded.ok)
      findings.push(broken('policies', loaded.fault, `sallyport policy check ${name}`))
  }
  return findings.length > 0
    ? findings
    : [fine('policies', `${names.length} load: ${names.join(', ')}`)]
}

/** Dials every target as a session would, when asked to: it takes as long as the slowest. */
export async function examineTargets(desk: Desk, isDialling: boolean): Promise<Finding[]> {
  const { targets } = await desk.books()
  const all = await targets.list()
  const findings = all
    .filter(({ restricted }) => restricted)
    .map(({ name }) =>
      weak(
        'targets',
        `${name} is NOT ISOLATED from the bastion and takes only the policy investigator`,
        'install bubblewrap or run as root, then restart',
      ),
    )
  if (!isDialling)
    return [
      ...findings,
      fine('targets', `${all.length} registered (doctor --targets logs in to each)`),
    ]
  const machines = await desk.machines()
  for (const target of all) {
    for (const login of target.logins) {
      const checked = await machines.check(target, login)
      findings.push(
        checked.ok
          ? fine('targets', `${login}+${target.name}: ${checked.value.version}`)
          : broken(
              'targets',
              `${login}+${target.name}: ${checked.fault}`,
              `sallyport target show ${target.name}`,
            ),
      )
    }
  }
  return findings
}

/** Each of its own checks has 2 s. */
const ANSWER_WITHIN_MS = 5000

/** What the running node says of itself. */
export async function examineNodeAtWork(ready: Ready | null): Promise<Finding[]> {
  if (ready === null) return [fine('running', 'no bastion runs from this state folder')]
  try {
    const answer = await fetch(`${ready.http.url}/api/health`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    const { checks } = (await answer.json()) as { checks: Record<string, string> }
    const failing = Object.entries(checks).filter(([, why]) => why !== 'ok')
    if (failing.length === 0) {
      return [fine('running', `process ${ready.pid} is ready, version ${ready.version}`)]
    }
    return failing.map(([name, why]) =>
      broken('running', `process ${ready.pid}: ${name}: ${why}`, 'see its log'),
    )
  } catch (error) {
    // Behind TLS with a name of its own, or hung: it could not be asked, which is worth knowing.
    return [
      weak(
        'running',
        `process ${ready.pid} could not be asked (${messageOf(error)})`,
        `curl ${ready.http.url}/readyz`,
      ),
    ]
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
