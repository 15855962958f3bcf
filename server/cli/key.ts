import { Argument, type Command, Option } from 'commander'
import { formatMoment, isoMoment } from '../core/duration.ts'
import { KEY_KINDS, KEY_NAMES, type KeyName } from '../keys/key-names.ts'
import type { ListedKey } from '../keys/list-keys.ts'
import type { Desk } from './desk.ts'
import { type RotateOptions, rotateKey } from './key-rotate.ts'
import type { Act, JsonOption } from './options.ts'
import type { Status } from './screen.ts'
import { formatTable } from './table.ts'

export function addKeyCommands(program: Command, desk: Desk, act: Act): void {
  const key = program.command('key').description("the bastion's own keys")

  key
    .command('list')
    .description('every key: in use, waiting to take over, or retired; never a private half')
    .option('--json', 'print a JSON array')
    .action(act((options: JsonOption) => printKeys(desk, options)))

  key
    .command('rotate')
    .description('replace a key; of the old one only the public half stays')
    .addArgument(new Argument('<name>', 'which key').choices([...KEY_NAMES]))
    .addOption(
      new Option('--type <type>', 'of the new key; by default like the old one').choices([
        ...KEY_KINDS,
      ]),
    )
    .option('--activate', 'let the key that waits take over, now that others know it')
    .option('--compromised', 'somebody may have the old key: replace it now, trust it no more')
    .option('--json', 'print a JSON object')
    .addHelpText(
      'after',
      `
user_ca, node and checkpoint rotate in one step. The others must be known elsewhere first:
  sallyport key rotate upstream               makes the next key and prints its public half
  (append it to authorized_keys on the targets, beside the old one)
  sallyport key rotate upstream --activate    uses it
keys/README.md says who must know which.
`,
    )
    .action(
      act((name: string, options: RotateOptions) => rotateKey(desk, name as KeyName, options)),
    )
}

async function printKeys(desk: Desk, { json }: JsonOption): Promise<Status> {
  const { screen } = desk
  const { listKeys } = await import('../keys/list-keys.ts')
  const keys = await listKeys((await desk.config()).keys)
  if (json) {
    screen.printJson(keys.map(keyJson))
  } else if (keys.length === 0) {
    screen.remark('No key yet; the first start makes them: sallyport up')
  } else {
    const table = formatTable(
      keys,
      [
        { title: 'NAME', cell: ({ name }) => name },
        {
          title: 'STATE',
          cell: ({ state }) => STATES[state],
          paint: ({ state }, paint) => PAINTS[state](paint),
        },
        { title: 'TYPE', cell: ({ type }) => type, narrow: 'drop' },
        { title: 'FINGERPRINT', cell: ({ fingerprint }) => fingerprint },
        { title: 'SINCE', cell: ({ sinceMs }) => formatMoment(sinceMs), narrow: 'drop' },
      ],
      { width: screen.columns, paint: screen.paint },
    )
    screen.print(table)
  }
  return 0
}

const STATES: Record<ListedKey['state'], string> = {
  'in-use': 'in use',
  next: 'next',
  retired: 'retired',
  compromised: 'compromised',
}

const PAINTS: Record<
  ListedKey['state'],
  (paint: Desk['screen']['paint']) => (text: string) => string
> = {
  'in-use': paint => paint.good,
  next: paint => paint.bold,
  retired: paint => paint.dim,
  compromised: paint => paint.bad,
}

function keyJson({ sinceMs, publicKeyLine: publicKey, ...key }: ListedKey) {
  return { ...key, publicKey, since: isoMoment(sinceMs) }
}
