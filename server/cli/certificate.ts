import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { blobTypeOf } from '../core/certificate/algorithms.ts'
import {
  AGENT_CERTIFICATE_MOST_SECONDS,
  agentKeyId,
  issueAgentCertificate,
  NONCE_BYTES,
} from '../core/certificate/issue.ts'
import { isoMoment } from '../core/duration.ts'
import { nowSeconds } from '../core/ports/deciding.ts'
import type { Result } from '../core/result.ts'
import { fingerprint } from '../core/ssh-wire/fingerprint.ts'
import { formatBlobLine, parseKeyLine } from '../core/ssh-wire/key-line.ts'
import type { Desk } from './desk.ts'
import { writeKrl } from './certificate-krl.ts'
import { type ListOptions, listCertificates } from './certificate-list.ts'
import {
  caFingerprint,
  type RevokeOptions,
  revokeCertificate,
  serial,
} from './certificate-revoke.ts'
import { type Act, durationUpTo, type JsonOption, name, wholeNumber, words } from './options.ts'
import type { Status } from './screen.ts'

const LONGEST_CERTIFICATE_MS = Number(AGENT_CERTIFICATE_MOST_SECONDS) * 1000
/** A client's clock may be a little behind ours; OpenSSH refuses a certificate from the future. */
const BACKDATE_SECONDS = 60n
/** The line of an RSA key of 16384 bits takes 3 KB. */
const MAX_KEY_FILE_BYTES = 64 * 1024

interface IssueOptions extends JsonOption {
  readonly agent: string
  readonly task?: string
  readonly publicKey: string
  /** Milliseconds. */
  readonly for: number
  readonly onBehalfOf?: string
}

export function addCertificateCommands(program: Command, desk: Desk, act: Act): void {
  const cert = program.command('cert').description("agents' certificates")
  cert
    .command('issue')
    .description("sign an agent's public key; prints the certificate, one line")
    .requiredOption('--agent <name>', 'whom the certificate names', name)
    .option('--task <task>', "the task (default: the agent's only grant decides)", words(200))
    .requiredOption('--public-key <file>', "the agent's .pub file")
    .addOption(
      new Option('--for <duration>', 'how long it is valid')
        .argParser(durationUpTo(LONGEST_CERTIFICATE_MS))
        .default(15 * 60_000, '15m'),
    )
    .option('--on-behalf-of <who>', 'who asked the agent to act', words(200))
    .option('--json', 'print a JSON object')
    .addHelpText(
      'after',
      `
Example:
  ssh-keygen -t ed25519 -N '' -f agent
  sallyport cert issue --agent web-fixer --task OPS-421 --public-key agent.pub --for 15m > agent-cert.pub
  ssh -i agent deploy+web1@bastion uptime        (ssh finds agent-cert.pub beside agent)
`,
    )
    .action(act((options: IssueOptions) => issueCertificate(desk, options)))

  cert
    .command('list')
    .description('certificates that the bastion issued and that are valid now, newest first')
    .option('--agent <name>', 'only of this agent', name)
    .option('--all', 'expired ones, too')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 100)
    .option('--json', 'print a JSON array')
    .action(act((options: ListOptions) => listCertificates(desk, options)))

  cert
    .command('revoke')
    .description('take a certificate back now, and end every live session that it opened')
    .option('--serial <number>', 'by its serial, of our own CA or the one of --ca', serial)
    .option('--key-id <id>', 'by its key id, whoever signed it')
    .option('--ca <fingerprint>', 'with --serial: a foreign CA, SHA256:…', caFingerprint)
    .requiredOption('--reason <text>', 'why', words(500))
    .option('--json', 'print a JSON object')
    .action(act((options: RevokeOptions) => revokeCertificate(desk, options)))

  cert
    .command('krl')
    .description(
      'write all that is revoked as an OpenSSH revocation list, for sshd and ssh-keygen -Q',
    )
    .requiredOption('--out <file>', 'where; replaced whole, so that nobody reads half of it')
    .option('--json', 'print a JSON object')
    .action(act((options: JsonOption & { out: string }) => writeKrl(desk, options)))
}

async function issueCertificate(desk: Desk, options: IssueOptions): Promise<Status> {
  const { screen } = desk
  const issued = await certify(desk, options)
  if (!issued.ok) return screen.no(issued.fault)
  const { line, agent, task, keyId, serial, validBefore } = issued.value
  if (options.json) {
    screen.printJson({
      certificate: line,
      agent,
      task,
      keyId,
      serial: String(serial),
      validBefore: isoMoment(Number(validBefore) * 1000),
    })
  } else {
    screen.print(line)
  }
  return 0
}

interface Issued {
  readonly line: string
  readonly agent: string
  readonly task: string | null
  readonly keyId: string
  readonly serial: bigint
  /** Seconds since 1970 UTC. */
  readonly validBefore: bigint
}

/** Signs the key in the file, and writes the issue down before the certificate leaves. */
export async function certify(desk: Desk, options: IssueOptions): Promise<Result<Issued, string>> {
  const path = resolve(desk.workingDirectory, options.publicKey)
  const text = await readText(path)
  if (text === null) {
    return {
      ok: false,
      fault: `--public-key: ${path} cannot be read; give the path of a .pub file`,
    }
  }
  const read = parseKeyLine(text)
  if (!read.ok) return { ok: false, fault: `--public-key: ${path}: ${read.fault}` }

  const { certificates } = await desk.books()
  const { userCa } = await desk.keys()
  const serial = await certificates.nextSerial()
  const issuedAt = nowSeconds(desk)
  const validAfter = issuedAt - BACKDATE_SECONDS
  const validBefore = issuedAt + BigInt(Math.ceil(options.for / 1000))
  const { agent, task = null, onBehalfOf = null } = options
  const { key } = read.value
  const blob = issueAgentCertificate(
    {
      agent,
      task,
      onBehalfOf,
      key,
      nonce: randomBytes(NONCE_BYTES),
      serial,
      validAfter,
      validBefore,
    },
    userCa,
  )
  // A certificate that nobody knows of could not be revoked.
  const keyId = agentKeyId({ agent, task, serial })
  await certificates.recordIssue(
    { agent, task, keyId, serial, keyFingerprint: fingerprint(key), validAfter, validBefore },
    desk.by,
  )
  const line = formatBlobLine(blobTypeOf(key.type), blob, keyId)
  return { ok: true, value: { line, agent, task, keyId, serial, validBefore } }
}

async function readText(path: string): Promise<string | null> {
  try {
    const bytes = await readFile(path)
    return bytes.length > MAX_KEY_FILE_BYTES ? null : bytes.toString('utf8')
  } catch {
    // Absent, a folder, not ours to read: the caller says the same of each.
    return null
  }
}
