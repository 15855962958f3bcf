import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readConfig } from '../../../server/config.ts'
import {
  TASK_EXTENSION,
  ON_BEHALF_OF_EXTENSION,
} from '../../../server/core/certificate/restrictions.ts'
import { makeIssuerKey, TokenIssuer } from '../../support/token-issuer.ts'
import { CertificateBench, certificateOf } from './certificate-bench.ts'

const PAGE = resolve(import.meta.dirname, '../../../server/http/IDENTITY.md')

/** The issuer's real addresses in the recipe, and whose they become in the test. */
interface Platform {
  readonly name: string
  readonly issuer: string
  readonly jwks: string
  readonly header: object
  readonly claims: object
  readonly asked: string | null
  readonly expected: { agent: string; task: string | null; onBehalfOf: string | null }
  /** The same token from somebody who must not get in. */
  readonly others: readonly [what: string, claims: object][]
}

/** When the tokens below were written down; each is made as if that were the moment it is used (`fresh`). */
const now = Math.floor(Date.now() / 1000)

/** Each as its platform documents it. */
const PLATFORMS: readonly Platform[] = [
  {
    // https://docs.github.com/en/actions/reference/security/oidc
    name: 'GitHub Actions',
    issuer: 'https://token.actions.githubusercontent.com',
    jwks: 'https://token.actions.githubusercontent.com/.well-known/jwks',
    header: { typ: 'JWT', alg: 'RS256', x5t: 'eGFtcGxlLXRodW1icHJpbnQ' },
    claims: {
      jti: 'b3a1c6b8-6f2b-4a8e-9a3d-0a0f5a2f4b11',
      sub: 'repo:octo-org/octo-repo:environment:production',
      aud: 'https://bastion.example.com',
      ref: 'refs/heads/main',
      sha: '1f9c0d0f2c0b6f1f8e6a7b2f3f3d5f0d6a1b2c3d',
      repository: 'octo-org/octo-repo',
      repository_owner: 'octo-org',
      actor_id: '12',
      repository_visibility: 'private',
      repository_id: '74',
      repository_owner_id: '65',
      run_id: '9876543210',
      run_number: '10',
      run_attempt: '2',
      runner_environment: 'github-hosted',
      actor: 'octocat',
      workflow: 'deploy',
      head_ref: '',
      base_ref: '',
      event_name: 'workflow_dispatch',
      environment: 'production',
      ref_type: 'branch',
      job_workflow_ref: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
      iat: now,
      nbf: now - 600,
      exp: now + 300,
    },
    asked: null,
    expected: {
      agent: 'web-deployer',
      task: 'deploy',
      onBehalfOf: 'octocat #9876543210',
    },
    others: [
      ['a fork', { repository: 'mallory/octo-repo', repository_owner: 'mallory' }],
      ['another branch', { ref: 'refs/heads/topic' }],
      ['a pull request', { ref: 'refs/pull/7/merge', environment: undefined }],
      ['a job outside the environment', { environment: undefined }],
      ['a repository whose name begins alike', { repository: 'octo-org/octo-repo-2' }],
    ],
  },
  {
    // https://docs.gitlab.com/ci/secrets/id_token_authentication/
    name: 'GitLab CI',
    issuer: 'https://gitlab.com',
    jwks: 'https://gitlab.com/oauth/discovery/keys',
    header: { typ: 'JWT', alg: 'RS256' },
    claims: {
      namespace_id: '72',
      namespace_path: 'my-group',
      project_id: '20',
      project_path: 'my-group/my-project',
      user_id: '1',
      user_login: 'sample-user',
      user_email: 'sample-user@example.com',
      user_access_level: 'developer',
      user_identities: [{ provider: 'github', extern_uid: '2435223452345' }],
      pipeline_id: '574',
      pipeline_source: 'push',
      job_id: '302',
      ref: 'main',
      ref_type: 'branch',
      ref_path: 'refs/heads/main',
      ref_protected: 'true',
      groups_direct: ['my-group', 'my-group/tools'],
      runner_id: 1,
      runner_environment: 'self-hosted',
      sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
      project_visibility: 'private',
      jti: '235b3a54-b797-45c7-ae9a-f72d7bc6ef5b',
      iat: now,
      nbf: now - 5,
      exp: now + 3600,
      sub: 'project_path:my-group/my-project:ref_type:branch:ref:main',
      aud: 'https://bastion.example.com',
    },
    asked: 'deploy',
    expected: {
      agent: 'gitlab-deployer',
      task: 'deploy',
      onBehalfOf: 'sample-user #574',
    },
    others: [
      ['a tag called main', { ref_type: 'tag' }],
      ['an unprotected branch', { ref_protected: 'false' }],
      ['a project of another group', { project_path: 'my-group-2/my-project' }],
    ],
  },
  {
    // https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
    name: 'Kubernetes',
    issuer: 'https://kubernetes.default.svc.cluster.local',
    jwks: 'k8s-keys.json',
    header: { typ: undefined, alg: 'RS256' },
    claims: {
      aud: ['sallyport'],
      exp: now + 600,
      iat: now,
      jti: 'ea28ed49-2e11-4280-9ec5-bc3d1d84661a',
      'kubernetes.io': {
        namespace: 'agents',
        node: { name: '127.0.0.1', uid: '58456cb0-dd00-45ed-b797-5578fdceaced' },
        pod: { name: 'investigator-69cbfb9798-jv9gn', uid: '778a530c-b3f4-47c0-9cd5-ab018fb64f33' },
        serviceaccount: { name: 'investigator', uid: 'a087d5a0-e1dd-43ec-93ac-f13d89cd13af' },
        warnafter: now + 500,
      },
      nbf: now,
      sub: 'system:serviceaccount:agents:investigator',
    },
    asked: 'OPS-421',
    expected: { agent: 'investigator', task: 'OPS-421', onBehalfOf: null },
    others: [
      [
        'another namespace',
        { 'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'investigator' } } },
      ],
      [
        'claims that are flat as they once were',
        { 'kubernetes.io': undefined, 'kubernetes.io/serviceaccount/namespace': 'agents' },
      ],
    ],
  },
  {
    // OpenID Connect Core 1.0 §2, RFC 9068; as Keycloak writes client credentials.
    name: 'Any OpenID provider',
    issuer: 'https://login.example.com/realms/agents',
    jwks: 'https://login.example.com/realms/agents/protocol/openid-connect/certs',
    header: { typ: 'at+jwt', alg: 'RS256' },
    claims: {
      exp: now + 300,
      iat: now,
      nbf: undefined,
      jti: 'trrtcc:0b1d7f0a',
      aud: 'sallyport',
      sub: 'f2b8a2f4-0c6e-4b53-9b0d-6c3cbb0f2a2b',
      azp: 'night-watch',
      groups: ['everybody', 'sallyport-agents'],
      scope: 'openid profile',
      clientHost: '10.0.0.7',
    },
    asked: 'nightly',
    expected: { agent: 'night-watch', task: 'nightly', onBehalfOf: null },
    others: [
      ['another client', { azp: 'day-watch' }],
      ['a client outside the group', { groups: ['everybody'] }],
    ],
  },
]

describe('the recipes of IDENTITY.md', () => {
  for (const platform of PLATFORMS) {
    describe(platform.name, () => {
      let issuer: TokenIssuer
      let bench: CertificateBench
      let folder: string

      before(async () => {
        issuer = await TokenIssuer.start(await makeIssuerKey(`${platform.name} key`))
        folder = mkdtempSync(join(tmpdir(), 'sallyport recipes-'))
        writeFileSync(join(folder, 'k8s-keys.json'), JSON.stringify(issuer.published))
        // The recipe as it stands on the page; only its addresses lead to the issuer of this test.
        const yaml = recipe(platform.name)
          .replaceAll(`issuer: ${platform.issuer}`, `issuer: ${issuer.url}`)
          .replaceAll(`jwks-url: ${platform.jwks}`, `jwks-url: ${issuer.jwksUrl}`)
        assert.ok(yaml.includes(issuer.url), yaml)
        const config = await readConfig(
          {},
          { path: join(folder, 'sallyport.yaml'), text: yaml },
          folder,
        )
        assert.ok(config.ok, config.ok ? '' : config.fault.join('\n'))
        bench = await CertificateBench.start({ issuers: config.value.issuers })
      })
      after(async () => {
        await bench.end()
        await issuer.close()
        rmSync(folder, { recursive: true })
      })

      const trade = async (change: object) =>
        bench.trade(
          await issuer.token(fresh({ ...platform.claims, ...change }), platform.header),
          platform.asked === null ? {} : { task: platform.asked },
        )

      it('is configured as the page says, also with its real addresses', async () => {
        const config = await readConfig(
          {},
          { path: join(folder, 'a.yaml'), text: recipe(platform.name) },
          folder,
        )
        assert.deepEqual(config.ok ? [] : config.fault, [])
      })

      it('gives the platform’s token a certificate for the agent and the task', async () => {
        const traded = await trade({})
        const { agent, task, onBehalfOf } = platform.expected
        assert.equal(traded.status, 200, traded.message)
        assert.deepEqual([traded.agent, traded.task], [agent, task])
        const certificate = certificateOf(traded)
        assert.deepEqual(certificate.principals, [agent])
        assert.equal(extension(certificate.extensions, TASK_EXTENSION), task)
        assert.equal(extension(certificate.extensions, ON_BEHALF_OF_EXTENSION), onBehalfOf)
      })

      for (const [what, change] of platform.others) {
        it(`turns ${what} away`, async () => {
          const traded = await trade(change)
          assert.deepEqual([traded.status, traded.error], [403, 'no-agent'], traded.message)
        })
      }
    })
  }
})

/** The same claims now: the list above is read before the whole test run begins, minutes ago. */
function fresh(claims: object): object {
  const passedSeconds = Math.floor(Date.now() / 1000) - now
  const moved = (name: string, value: unknown): unknown =>
    ['iat', 'nbf', 'exp', 'auth_time'].includes(name) && typeof value === 'number'
      ? value + passedSeconds
      : value
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [name, moved(name, value)]),
  )
}

/** The first block of sallyport.yaml under a heading of the page. */
function recipe(heading: string): string {
  const [, section = ''] = readFileSync(PAGE, 'utf8').split(`\n## ${heading}\n`)
  const [, yaml] = /```yaml\n(issuers:[^]*?)```/.exec(section) ?? []
  if (yaml === undefined) throw new Error(`the page has no recipe for ${heading}`)
  return yaml
}

/** An extension's text, which is a string within its data. */
function extension(
  extensions: readonly { name: string; data: Uint8Array }[],
  name: string,
): string | null {
  const found = extensions.find(extension => extension.name === name)
  return found === undefined ? null : Buffer.from(found.data.subarray(4)).toString()
}
