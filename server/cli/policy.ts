import type { Command } from 'commander'
import { type Act, type JsonOption, login, several } from './options.ts'
import type { PolicyDesk } from './policy-desk.ts'
import type { ExplainOptions } from './policy-explain.ts'
import type { InitOptions } from './policy-init.ts'
import type { ReplayOptions } from './policy-replay.ts'

/** The parser, the reader of YAML and the judge are loaded by the command that needs them, not at start. */
export function addPolicyCommands(program: Command, desk: PolicyDesk, act: Act): void {
  const policy = program
    .command('policy')
    .description('what agents may run: write, check, try out and replay policies')

  policy
    .command('init')
    .description('copy a starter policy into the policies directory, to be edited')
    .argument('[name]', 'the starter; without it they are listed')
    .option('--as <name>', 'save it under another name')
    .option('--json', 'print a JSON object')
    .action(
      act(async (name: string | undefined, options: InitOptions) =>
        (await import('./policy-init.ts')).initPolicy(desk, name, options),
      ),
    )

  policy
    .command('check')
    .description(
      'read policies and say what is wrong with them; exit status 1 when one would not load',
    )
    .argument('[policy...]', 'names or files; without any, all of yours')
    .option('--json', 'print a JSON array of findings')
    .action(
      act(async (which: string[], options: JsonOption) =>
        (await import('./policy-check.ts')).checkPolicies(desk, which, options),
      ),
    )

  policy
    .command('explain')
    .description('say what a line would run, what is decided about it and why')
    .requiredOption('--policy <policy>', 'a name or a file')
    .argument(
      '[line...]',
      "the command line, after -- and in quotes: -- 'tail -n5 /var/log/syslog'",
    )
    .option('--as <user>', 'the login it would run as (default: agent)', login)
    .option('--cwd <directory>', 'where it would run (default: the home directory)')
    .option('--home <directory>', 'where ~ is (default: not known)')
    .option('--shell <shell>', 'bash or sh: what would read it (default: bash)')
    .option('--target <name>', 'on which machine, for a policy with "when"')
    .option('--tag <tag>', 'a tag of that machine; may be repeated', several(String))
    .option('--at <time>', 'at which instant, for a policy with "when": 2026-11-20T12:00:00Z')
    .option('--lines <file>', 'judge every {"line": …} of a JSON-lines file (- for standard input)')
    .option('--json', 'print a JSON object; with --lines one a line')
    .addHelpText(
      'after',
      `
Example:
  sallyport policy explain --policy investigator -- 'tail -n50 /var/log/nginx/error.log | grep 500'

Exit status: 0 when the line is allowed, 1 when not; with --lines 0.`,
    )
    .action(
      act(async (words: string[], options: ExplainOptions) =>
        (await import('./policy-explain.ts')).explainLines(desk, words, options),
      ),
    )

  policy
    .command('test')
    .description("run policies' own tests; exit status 1 when one fails")
    .argument('[policy...]', 'names or files; without any, all of yours')
    .option('--json', 'print a JSON array')
    .action(
      act(async (which: string[], options: JsonOption) =>
        (await import('./policy-test.ts')).testPolicies(desk, which, options),
      ),
    )

  policy
    .command('replay')
    .description(
      'say which recorded commands this policy would decide otherwise; 1 when there are any',
    )
    .argument('<policy>', 'a name or a file')
    .requiredOption(
      '--from <time>',
      'since when: 2026-11-20, 2026-11-20T12:00:00Z, or 7d ago as 7d',
    )
    .option('--to <time>', 'until when (default: now)')
    .option('--all', 'commands of every session, not only of those under a policy of this name')
    .option('--json', 'print a JSON array')
    .action(
      act(async (which: string, options: ReplayOptions) =>
        (await import('./policy-replay.ts')).replayPolicy(desk, which, options),
      ),
    )
}
