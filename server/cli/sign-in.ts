import { type Command, Option } from 'commander'
import { formatDuration, isoMoment } from '../core/duration.ts'
import type { Role } from '../core/ports/administration.ts'
import type { Desk } from './desk.ts'
import { type Act, durationUpTo, type JsonOption } from './options.ts'
import { readReady } from './ready-file.ts'
import type { Status } from './screen.ts'
import { signInUrl } from './sign-in-url.ts'

interface SignInOptions extends JsonOption {
  readonly role: Role
  /** Milliseconds. */
  readonly for: number
}

export function addSignInCommand(program: Command, desk: Desk, act: Act): void {
  program
    .command('sign-in')
    .description('print a link that signs one person in to the browser part, once')
    .addOption(
      new Option('--role <role>', 'what the person may do')
        .choices(['viewer', 'approver', 'administrator'] satisfies Role[])
        .default('administrator'),
    )
    .addOption(
      new Option('--for <duration>', 'how long the link waits to be opened')
        .argParser(durationUpTo(86_400_000))
        .default(10 * 60_000, '10m'),
    )
    .option('--json', 'print a JSON object')
    .action(act((options: SignInOptions) => makeSignInLink(desk, options)))
}

async function makeSignInLink(desk: Desk, options: SignInOptions): Promise<Status> {
  const { screen } = desk
  const config = await desk.config()
  const ready = await readReady(config.home)
  const { signIns } = await desk.books()
  const { token, expiresAtMs } = await signIns.makeLink(options.role, desk.by, options.for)
  const url = signInUrl(config, ready, token)
  if (options.json) {
    screen.printJson({ url, role: options.role, expiresAt: isoMoment(expiresAtMs) })
    return 0
  }
  screen.print(url)
  screen.remark(
    `Opens the browser part once, as ${options.role}; open it within ${formatDuration(options.for)}.`,
  )
  if (ready === null) screen.remark('Nothing is running here now: sallyport up')
  return 0
}
