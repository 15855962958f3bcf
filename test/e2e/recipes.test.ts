import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text as wholeText } from 'node:stream/consumers'
import { Bastion, collect, type Outcome } from '../support/bastion.ts'
import { grant, TEST_POLICY } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { sendJson, TokenIssuer } from '../support/token-issuer.ts'

const PAGE = resolve(import.meta.dirname, '../../server/http/IDENTITY.md')
const TOKEN_ENDPOINT = 'https://login.example.com/realms/agents/protocol/openid-connect/token'

/** What the page has between its fences, by heading and kind; of several the one that `has` this. */
function block(heading: string, kind: string, has: string): string {
  // The page's title stands before what comes first.
  const sections = readFileSync(PAGE, 'utf8').replace(/^# /, '').split('\n## ')
  const section = sections.find(text => text.startsWith(heading)) ?? ''
  const blocks = [...section.matchAll(/```(\w+)\n([^]*?)```/g)]
  const found = blocks.find(([, name, text]) => name === kind && text?.includes(has))?.[2]
  if (found === undefined) throw new Error(`no ${kind} block with ${has} under ${heading}`)
  return found
}

/** The lines of a shell script within YAML, from the one that begins with `first`. */
function lines(yaml: string, first: string, mark: RegExp): string {
  const all = yaml.split('\n')
  const begin = all.findIndex(line => line.replace(mark, '').startsWith(first))
  assert.notEqual(begin, -1, first)
  return all
    .slice(begin)
    .map(line => line.replace(mark, ''))
    .join('\n')
}

describe('a job that follows IDENTITY.md to the letter', function () {
  this.timeout(120_000)
  let issuer: TokenIssuer
  let sshd: Sshd
  let bastion: Bastion
  let job: string

  before(async () => {
    ;[issuer, sshd] = await Promise.all([TokenIssuer.start(), startSshd()])
    bastion = new Bastion()
    bastion.environment['SALLYPORT_CONFIG'] = join(bastion.folder, 'sallyport.yaml')
    const entry = (audience: string, claims: string, agent: string, task: string): string =>
      `  - issuer: ${issuer.url}/${agent}
    audience: ${audience}
    jwks-url: ${issuer.jwksUrl}
    agents: [{ when: ${claims}, agent: ${agent}, ${task} }]
`
    bastion.write(
      'sallyport.yaml',
      `issuers:
${entry('https://bastion.example.com', '{ repository: octo-org/octo-repo }', 'web-deployer', 'task: deploy')}
${entry('https://bastion.example.com', '{ project_path: my-group/my-project }', 'gitlab-deployer', 'task: deploy')}
${entry('sallyport', '{ kubernetes.io/namespace: agents }', 'investigator', 'tasks: [OPS-*]')}
${entry('sallyport', '{ azp: night-watch, groups: sallyport-agents }', 'night-watch', 'tasks: [nightly]')}`,
    )
    await bastion.up()
    bastion.write(
      'var/policies/test.yaml',
      `${TEST_POLICY}  - { id: look, program: uptime, verdict: allow }\n`,
    )
    const words = `target add web-1 --host ${sshd.host} --port ${sshd.port} --login ${sshd.login}`
    await bastion.must(...words.split(' '), '--host-key', sshd.hostKey, '--key', sshd.keyFile)
    for (const [agent, task] of [
      ['web-deployer', 'deploy'],
      ['gitlab-deployer', 'deploy'],
      ['investigator', 'OPS-421'],
      ['night-watch', 'nightly'],
    ] as const) {
      await grant(bastion, sshd, agent, task, '1h', 'test', 'web-1')
    }
  })
  beforeEach(() => {
    job = join(bastion.folder, 'a job')
    rmSync(job, { recursive: true, force: true })
    mkdirSync(job)
    const script = block('How agents get in', 'sh', 'get-certificate.sh')
    writeFileSync(join(job, 'get-certificate.sh'), script)
  })
  after(async () => {
    await bastion?.stop()
    await sshd?.stop()
    await issuer?.close()
  })

  /** Runs the page's lines; only where things are is another place than there. */
  function run(text: string, environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const { http, ssh } = bastion.ready
    const here = text
      .replaceAll('deploy+web-1@bastion.example.com', `${sshd.login}+web-1@127.0.0.1`)
      .replaceAll('-p 2222', `-p ${ssh.port}`)
      .replaceAll(TOKEN_ENDPOINT, `${issuer.url}/token`)
      .replaceAll('sh https://bastion.example.com', `sh ${http.url}`)
      .replaceAll('/var/run/secrets/sallyport/token', 'token')
      .replaceAll('cd /tmp\n', '')
      .replaceAll('ssh -i', 'ssh -F none -o BatchMode=yes -o IdentityAgent=none -i')
    assert.ok(!here.includes('ssh-bastion') && !/\bssh\b.*example/.test(here), here)
    const env = { PATH: process.env['PATH'], HOME: job, ...environment }
    // As the runners do: the first line that fails ends the job.
    const shell = spawn('bash', ['-e', '-o', 'pipefail', '-c', here], {
      cwd: job,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return collect(shell)
  }

  const tokenOf = (agent: string, claims: object, header: object = {}): Promise<string> =>
    issuer.token({ iss: `${issuer.url}/${agent}`, ...claims }, header)

  it('on GitHub Actions', async () => {
    const token = await tokenOf('web-deployer', {
      aud: 'https://bastion.example.com',
      repository: 'octo-org/octo-repo',
    })
    const asked: string[] = []
    issuer.pages.set('/id-token', ({ headers, url }, response) => {
      asked.push(`${headers.authorization} ${url}`)
      sendJson(response, { count: 1, value: token })
    })
    const script = lines(block('GitHub Actions', 'yaml', 'jobs:'), 'curl', /^ {10}/)
    const { status, stdout, stderr } = await run(script, {
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-secret',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer.url}/id-token?api-version=2.0`,
    })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /load average/)
    assert.equal(stderr, '')
    assert.deepEqual(asked, [
      'bearer runner-secret /id-token?api-version=2.0&audience=https://bastion.example.com',
    ])
    assert.equal(statSync(join(job, 'agent')).mode & 0o777, 0o600)
  })

  it('on GitLab CI', async () => {
    const token = await tokenOf('gitlab-deployer', {
      aud: 'https://bastion.example.com',
      project_path: 'my-group/my-project',
    })
    const script = lines(block('GitLab CI', 'yaml', 'id_tokens'), 'echo', /^ {4}- /)
    const { status, stdout, stderr } = await run(script, { SALLYPORT_TOKEN: token })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /load average/)
  })

  it('in a pod, for a task that it names', async () => {
    const kubernetes = { namespace: 'agents', serviceaccount: { name: 'investigator' } }
    const token = await tokenOf('investigator', { 'kubernetes.io': kubernetes })
    writeFileSync(join(job, 'token'), token) // without a line break, as the kubelet writes it
    const script = block('Kubernetes', 'sh', 'get-certificate')
    const { status, stdout, stderr } = await run(script)
    assert.equal(status, 0, stderr)
    assert.match(stdout, /load average/)
    const forAll = await run(script.replace(' OPS-421 <', ' <'))
    assert.deepEqual([forAll.status, forAll.stdout], [1, ''])
    assert.match(forAll.stderr, /name one of your tasks: .*OPS-\*/)
  })

  it('with client credentials, at any OpenID provider', async () => {
    const secret = 'not&a=name "or" \\ so'
    const token = await tokenOf(
      'night-watch',
      { azp: 'night-watch', groups: ['everybody', 'sallyport-agents'] },
      { typ: 'at+jwt' },
    )
    const asked: object[] = []
    issuer.pages.set('/token', (request, response) => {
      void wholeText(request).then(body => {
        asked.push(Object.fromEntries(new URLSearchParams(body)))
        sendJson(response, { access_token: token, token_type: 'Bearer', expires_in: 300 })
      })
    })
    const script = block('Any OpenID provider', 'sh', 'client_credentials')
    const { status, stdout, stderr } = await run(script, { CLIENT_SECRET: secret })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /load average/)
    assert.deepEqual(asked, [
      { grant_type: 'client_credentials', client_id: 'night-watch', client_secret: secret },
    ])
  })

  it('is told why where it is not let in, and stops there', async () => {
    const token = await tokenOf('gitlab-deployer', { aud: 'vault', project_path: 'a/b' })
    const script = lines(block('GitLab CI', 'yaml', 'id_tokens'), 'echo', /^ {4}- /)
    const { status, stdout, stderr } = await run(script, { SALLYPORT_TOKEN: token })
    assert.notEqual(status, 0)
    assert.equal(stdout, '')
    assert.match(stderr, /made for somebody else; request one whose/)
  })
})
