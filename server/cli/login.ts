import { type Command, InvalidArgumentError } from 'commander'
import type { Desk } from './desk.ts'
import type { LoginOptions } from './login-with-token.ts'
import { type Act, words } from './options.ts'
import type { Status } from './screen.ts'

export function addLoginCommand(program: Command, desk: Desk, act: Act): void {
  program
    .command('login')
    .description('trade a token of your platform for a certificate, on the machine of an agent')
    .requiredOption('--url <url>', 'where the bastion serves its browser part', bastionUrl)
    .option('--token-file <file>', 'the file that holds the token; - for standard input')
    .option('--token-env <name>', 'the environment variable that holds the token')
    .requiredOption('--key <file>', 'the private key; made where there is none')
    .option('--task <task>', 'the task, where you choose it yourself', words(200))
    .option('--json', 'print a JSON object')
    .addHelpText(
      'after',
      `
The token is never an argument: arguments can be read by everybody on the machine. Writes the certificate
to KEY-cert.pub, and how the bastion proves itself to KEY-known_hosts, so that ssh asks nothing; prints the
ssh command to go on with.

Examples:
  sallyport login --url https://bastion.example.com --token-env SALLYPORT_TOKEN --key agent
  sallyport login --url https://bastion.example.com --token-file /var/run/secrets/tokens/sallyport --key ~/.ssh/agent
`,
    )
    .action(
      act(async (options: LoginOptions): Promise<Status> => {
        const { login } = await import('./login-with-token.ts')
        return login(desk, options)
      }),
    )
}

/** Over https: whoever reads a token on its way can use it. http reaches no further than this machine. */
function bastionUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url?.hostname ?? '')
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)
  if (url !== null && isSafe && url.username === '' && url.password === '') return url.origin
  throw new InvalidArgumentError(
    'Expected an https address such as https://bastion.example.com; whoever reads the token on its way can use it.',
  )
}
