import { type Command, Option } from 'commander'
import { credentialText } from '../core/credential-text.ts'
import { escapeControls } from '../core/verdict.ts'
import type { Desk } from './desk.ts'
import { findTarget } from './find.ts'
import {
  type Act,
  type JsonOption,
  login,
  name,
  several,
  unknownName,
  wholeNumber,
  words,
} from './options.ts'
import type { Status } from './screen.ts'
import { type AddOptions, addTarget } from './target-add.ts'
import { targetJson, trustText } from './target-words.ts'
import { formatFields, formatTable } from './table.ts'

export function addTargetCommands(program: Command, desk: Desk, act: Act): void {
  const target = program.command('target').description('the machines behind the bastion')

  target
    .command('add')
    .description('register a machine under a name; its host key is pinned')
    .argument('<name>', 'what agents call it: ssh login+NAME@bastion', name)
    .requiredOption('--host <host>', 'address or host name')
    .option('--port <port>', 'SSH port', wholeNumber(1, 65_535), 22)
    .requiredOption(
      '--login <user>',
      'a login that grants may name; may be repeated',
      several(login),
    )
    .option('--host-key <line>', 'pin this key: the line of its /etc/ssh/ssh_host_…_key.pub')
    .option('--host-ca <line>', 'accept host certificates of this CA')
    .option('--scan', 'ask the machine for its key, show the fingerprint and ask you')
    .option(
      '--fingerprint <sha256>',
      'with --scan: pin the key if it has this fingerprint, ask nothing',
    )
    .option('--key <file>', "log in with this private key (default: the bastion's own)")
    .option('--target-ca', 'log in with a certificate for each session, of the target CA')
    .option(
      '--source-address <list>',
      "with --target-ca: where certificates are good from, as the machine sees the bastion: networks, or any (default: the bastion's address)",
    )
    .addOption(
      new Option('--shell <shell>', 'what reads command lines there')
        .choices(['bash', 'sh'])
        .default('bash'),
    )
    .option(
      '--tag <tag>',
      'for policies: targets: ["tag:web"]; may be repeated',
      several(words(64)),
    )
    .option('--json', 'print the target as JSON')
    .addHelpText(
      'after',
      `
Examples:
  sallyport target add web1 --host 10.0.0.5 --login deploy --scan
  sallyport target add web2 --host 10.0.0.6 --login deploy --scan --target-ca
  sallyport target add db1 --host db1.internal --login postgres --host-key "$(ssh db1 cat /etc/ssh/ssh_host_ed25519_key.pub)"
`,
    )
    .action(act((asked: string, options: AddOptions) => addTarget(desk, asked, options)))

  target
    .command('list')
    .description('every registered machine')
    .option('--json', 'print a JSON array')
    .action(act((options: JsonOption) => listTargets(desk, options)))

  target
    .command('show')
    .description('one machine')
    .argument('<name>')
    .option('--json', 'print a JSON object')
    .action(act((asked: string, options: JsonOption) => showTarget(desk, asked, options)))

  target
    .command('remove')
    .description('take a machine out; grants for it stay and open nothing')
    .argument('<name>')
    .option('--json', 'print a JSON object')
    .action(act((asked: string, options: JsonOption) => removeTarget(desk, asked, options)))

  target
    .command('check')
    .description(
      'log in as the bastion would: is it there, is it the pinned one, does it let us in?',
    )
    .argument('<name>')
    .option('--login <user>', 'only this login (default: all of them)', login)
    .option('--json', 'print a JSON array, one object a login')
    .action(
      act((asked: string, options: JsonOption & { login?: string }) =>
        checkTarget(desk, asked, options),
      ),
    )
}

async function listTargets({ screen, books }: Desk, { json }: JsonOption): Promise<Status> {
  const targets = await (await books()).targets.list()
  if (json) {
    screen.printJson(targets.map(targetJson))
  } else if (targets.length === 0) {
    screen.remark('No target yet. Add one: sallyport target add NAME --host H --login U --scan')
  } else {
    const table = formatTable(
      targets,
      [
        { title: 'NAME', cell: target => target.name },
        { title: 'ADDRESS', cell: ({ host, port }) => `${host}:${port}`, narrow: 'cut' },
        { title: 'LOGINS', cell: ({ logins }) => logins.join(','), narrow: 'cut' },
        { title: 'SHELL', cell: ({ shell }) => shell, narrow: 'drop' },
        { title: 'HOST KEY', cell: ({ trust }) => trustText(trust), narrow: 'cut' },
        { title: 'TAGS', cell: ({ tags }) => tags.join(','), narrow: 'drop' },
      ],
      { width: screen.columns, paint: screen.paint },
    )
    screen.print(table)
  }
  return 0
}

async function showTarget(desk: Desk, asked: string, { json }: JsonOption): Promise<Status> {
  const { screen } = desk
  const target = await findTarget(desk, asked)
  if (!target.ok) return screen.no(target.fault)
  const { value } = target
  if (json) {
    screen.printJson(targetJson(value))
    return 0
  }
  const fields: [string, string][] = [
    ['name', value.name],
    ['address', `${value.host}:${value.port}`],
    ['logins', value.logins.join(', ')],
    ['host key', trustText(value.trust)],
    ['logs in with', credentialText(value.credential)],
    ['shell', value.shell],
    ['tags', value.tags.join(', ') || '-'],
  ]
  if (value.restricted) {
    fields.push(['restricted', 'NOT ISOLATED from the bastion: only the policy investigator'])
  }
  screen.print(formatFields(fields, screen.paint))
  return 0
}

async function removeTarget(desk: Desk, asked: string, { json }: JsonOption): Promise<Status> {
  const { screen } = desk
  const target = await findTarget(desk, asked)
  if (!target.ok) return screen.no(target.fault)
  const { targets, grants } = await desk.books()
  if (!(await targets.remove(asked, desk.by))) return screen.no(`target ${asked} is gone already`)

  const left = await grants.list({ target: asked, all: false })
  const live = left.reduce((sum, grant) => sum + grant.liveSessions, 0)
  if (json) {
    screen.printJson({ removed: asked, grantsLeft: left.length, liveSessions: live })
    return 0
  }
  screen.print(`target ${asked} removed`)
  if (live > 0) {
    screen.remark(
      `${live} live ${live === 1 ? 'session goes' : 'sessions go'} on there; to end them revoke: ${left.map(({ id }) => `sallyport grant revoke ${id} --reason …`).join('\n')}`,
    )
  }
  return 0
}

async function checkTarget(
  desk: Desk,
  asked: string,
  { json, login: only }: JsonOption & { login?: string },
): Promise<Status> {
  const { screen } = desk
  const target = await findTarget(desk, asked)
  if (!target.ok) return screen.no(target.fault)
  const { logins } = target.value
  if (only !== undefined && !logins.includes(only)) {
    return screen.no(unknownName('login', only, logins, `; ${asked} has ${logins.join(', ')}`))
  }
  const machines = await desk.machines()
  const checks = []
  for (const user of only === undefined ? logins : [only]) {
    const checked = await machines.check(target.value, user)
    checks.push({ login: user, checked })
  }
  if (json) {
    screen.printJson(
      checks.map(({ login: user, checked }) => ({
        target: asked,
        login: user,
        ok: checked.ok,
        ...(checked.ok ? { version: checked.value.version } : { fault: checked.fault }),
      })),
    )
  } else {
    for (const { login: user, checked } of checks) {
      const word = checked.ok ? screen.paint.good('ok') : screen.paint.bad('no')
      const detail = checked.ok ? checked.value.version : checked.fault
      screen.print(`${word}  ${user}+${asked}  ${escapeControls(detail)}`)
    }
  }
  return checks.every(({ checked }) => checked.ok) ? 0 : 1
}
