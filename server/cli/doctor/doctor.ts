import type { Command } from 'commander'
import { configFile } from '../../config/load.ts'
import { escapeControls } from '../../core/verdict.ts'
import { type Desk, Misconfigured } from '../desk.ts'
import type { Act, JsonOption } from '../options.ts'
import { readReady } from '../ready-file.ts'
import type { Paint, Status } from '../screen.ts'
import { broken, type Finding } from './examination.ts'

interface DoctorOptions extends JsonOption {
  readonly targets?: true
}

export function addDoctorCommand(program: Command, desk: Desk, act: Act): void {
  program
    .command('doctor')
    .description('look at everything the bastion needs and say what to do about each fault')
    .option('--targets', 'log in to every target, too')
    .option('--json', 'print a JSON array of findings')
    .action(act((options: DoctorOptions) => examine(desk, options)))
}

/** Changes nothing but what opening the database changes. */
async function examine(desk: Desk, options: DoctorOptions): Promise<Status> {
  const { screen } = desk
  const findings: Finding[] = []
  const note = (found: readonly Finding[]): void => {
    findings.push(...found)
    if (!options.json) for (const finding of found) screen.print(textOf(finding, screen.paint))
  }
  await examineAll(desk, options, note)

  const faults = findings.filter(({ outcome }) => outcome === 'broken').length
  if (options.json) screen.printJson(findings)
  if (faults === 0) {
    if (!options.json) screen.print(screen.paint.good('Nothing is broken.'))
    return 0
  }
  return screen.no(`${faults === 1 ? 'one thing is' : `${faults} things are`} broken; see above`)
}

async function examineAll(
  desk: Desk,
  { targets }: DoctorOptions,
  note: (findings: readonly Finding[]) => void,
): Promise<void> {
  const [machine, keeping, { isNativeCryptoInUse }, { examineLeftovers }, { OUTSIDE_FOLDER }] =
    await Promise.all([
      import('./machine.ts'),
      import('./keeping.ts'),
      import('../../ssh/library.ts'),
      import('./leftovers.ts'),
      import('../../store/embedded-postgres/place.ts'),
    ])
  note([machine.examineNode(process.versions.node), machine.examineCrypto(isNativeCryptoInUse())])
  const config = await desk.config().catch((error: unknown) => {
    if (error instanceof Misconfigured) return error
    throw error
  })
  if (config instanceof Misconfigured) {
    note(
      config.faults.map(fault =>
        broken('configuration', fault, 'mend it; server/config/SETTINGS.md has every key'),
      ),
    )
    return
  }
  const file = configFile(process.env, desk.workingDirectory)
  note([await machine.examineConfigFile(file, config)])
  note(await machine.examineState(config.home))
  note(await examineLeftovers(OUTSIDE_FOLDER))
  note(await machine.examineKeys(config.keys))
  const ready = await readReady(config.home)
  note([
    await machine.examinePort('ssh port', config.ssh, ready),
    await machine.examinePort('http port', config.http, ready),
  ])
  note(await keeping.examinePolicies(config.policies))
  if (config.issuers.length > 0 || config.people !== null) {
    const identity = await import('./identity.ts')
    note(await identity.examineIssuers(config.issuers))
    note(await identity.examinePeople(config.people))
  }
  const database = await keeping.examineDatabase(config)
  note(database)
  // Targets are in the database: without it there is nothing to ask.
  if (!database.some(({ outcome, about }) => about === 'database' && outcome === 'broken')) {
    note(await keeping.examineTargets(desk, targets === true))
  }
  note(await keeping.examineNodeAtWork(ready))
}

function textOf({ about, outcome, found, remedy }: Finding, { good, bad, dim }: Paint): string {
  const word = { fine: good('ok  '), weak: bad('weak'), broken: bad('BAD ') }[outcome]
  const head = `${word}  ${about.padEnd(13)}  ${escapeControls(found)}`
  return remedy === null ? head : `${head}\n${' '.repeat(21)}${dim('→')} ${escapeControls(remedy)}`
}
