import { resolve } from 'node:path'
import { z } from 'zod'
import { NAME, RESERVED_NAME } from '../core/access.ts'
import { TOKEN_CERTIFICATE_MOST_SECONDS } from '../core/identity-tokens/certificate-span.ts'
import {
  type AgentRule,
  type ClaimCondition,
  TOKEN_ALGORITHMS,
  type TrustedIssuer,
} from '../core/identity-tokens/issuer.ts'
import { parseTemplate } from '../core/identity-tokens/template.ts'
import { formatQuantity, parseQuantity } from './quantity.ts'

/**
 * Issuers that give tokens to anybody in the world: an entry for one of them must say whose, by at
 * least one of these claims. "The main branch" alone would let every main branch there is come in.
 */
const SHARED_ISSUERS: Readonly<Record<string, readonly string[]>> = {
  'https://token.actions.githubusercontent.com': [
    'sub',
    'repository',
    'repository_id',
    'repository_owner',
    'repository_owner_id',
    'enterprise',
    'enterprise_id',
  ],
  'https://gitlab.com': ['sub', 'project_path', 'project_id', 'namespace_path', 'namespace_id'],
  'https://accounts.google.com': ['sub', 'email', 'hd'],
}

const REQUIRED_OR_OPTIONAL = ['required', 'optional'] as const

/** `issuers:` in sallyport.yaml: whose tokens become certificates, and whose certificates. */
export function issuersSchema(folder: string) {
  return z.array(issuerSchema(folder)).max(50)
}

function issuerSchema(folder: string) {
  return z
    .strictObject({
      issuer: secureUrl,
      audience: oneOrSeveral,
      'jwks-url': secureUrl.optional(),
      'jwks-file': z
        .string()
        .min(1, 'expected a path, got nothing')
        .transform(path => resolve(folder, path))
        .optional(),
      algorithms: z
        .array(z.enum(TOKEN_ALGORITHMS, { error: unknownAlgorithm }))
        .min(1)
        .optional(),
      'clock-tolerance': seconds(0, 300).optional(),
      'max-age': seconds(10, 86_400).optional(),
      'not-before': z
        .enum(REQUIRED_OR_OPTIONAL, { error: 'expected required or optional' })
        .optional(),
      certificate: seconds(10, TOKEN_CERTIFICATE_MOST_SECONDS).optional(),
      'outlive-token': z.boolean().optional(),
      agents: z.array(agentRule).min(1, 'maps no claims, so nobody could use it').max(1000),
    })
    .transform((given, context): TrustedIssuer => {
      const keys = keysOf(given['jwks-url'], given['jwks-file'])
      if (keys === null) {
        fault(context, [], 'set either jwks-url or jwks-file: the keys its tokens are checked with')
        return z.NEVER
      }
      refuseEverybody(given.issuer, given.agents, context)
      return {
        issuer: given.issuer,
        audience: given.audience,
        keys,
        algorithms: given.algorithms ?? ['RS256', 'ES256'],
        clockToleranceSeconds: given['clock-tolerance'] ?? 30,
        // Kubernetes renews its tokens hourly; those of CI jobs are minutes old.
        maxAgeSeconds: given['max-age'] ?? 3600,
        requiresNotBefore: given['not-before'] !== 'optional',
        certificateSeconds: given.certificate ?? TOKEN_CERTIFICATE_MOST_SECONDS,
        mayOutliveToken: given['outlive-token'] ?? false,
        agents: given.agents,
      }
    })
}

const keysOf = (
  url: string | undefined,
  file: string | undefined,
): TrustedIssuer['keys'] | null => {
  if (url !== undefined) return file === undefined ? { url } : null
  return file === undefined ? null : { file }
}

function refuseEverybody(
  issuer: string,
  agents: readonly AgentRule[],
  context: z.RefinementCtx,
): void {
  const telling = SHARED_ISSUERS[issuer]
  if (telling === undefined) return
  for (const [index, { when }] of agents.entries()) {
    if (telling.some(claim => Object.hasOwn(when, claim))) continue
    fault(
      context,
      ['agents', index, 'when'],
      `anybody can have a token of ${issuer}; name at least one of ${telling.join(', ')}`,
    )
  }
}

/** One value or several; numbers and yes-or-no as YAML has them mean their text. */
const oneOrSeveral = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()])).min(1)])
  .transform(value => (Array.isArray(value) ? value : [value]).map(String))
  .refine(values => values.every(value => value !== ''), { error: 'expected some text, got none' })

/** Claims and what they must be; shared with the roles of people. */
export const claimCondition = z
  .record(z.string().min(1), oneOrSeveral)
  .refine(when => Object.keys(when).length > 0, {
    error: 'names no claim, so every token of the issuer would match; list claim: value',
  })
  .transform((when): ClaimCondition => when)

export const template = z.string().superRefine((text, context) => {
  const parsed = parseTemplate(text)
  if (!parsed.ok) fault(context, [], parsed.fault)
  else if (text.trim() === '') fault(context, [], 'expected some text, got none')
})

const agentTemplate = template.superRefine((text, context) => {
  // With every claim a letter, what is left must be a name.
  const example = text.replace(/\{[^{}]*\}/g, 'x')
  if (NAME.test(example) && example !== RESERVED_NAME) return
  fault(
    context,
    [],
    'expected an agent\'s name or a template of one, such as ci-{project_id}: lower-case letters, digits, "." and "-", at most 63',
  )
})

const agentRule = z
  .strictObject({
    when: claimCondition,
    agent: agentTemplate,
    task: template.optional(),
    tasks: z
      .array(z.string().min(1))
      .min(1, 'lists no task, so none could be asked for; leave it out, or list some')
      .max(100)
      .optional(),
    'on-behalf-of': template.optional(),
  })
  .transform((rule, context): AgentRule => {
    if (rule.task !== undefined && rule.tasks !== undefined) {
      fault(context, ['tasks'], 'the task comes from the claims (task), so none can be asked for')
    }
    return {
      when: rule.when,
      agent: rule.agent,
      task: rule.task ?? null,
      tasks: rule.tasks ?? [],
      onBehalfOf: rule['on-behalf-of'] ?? null,
    }
  })

/** Over https, because what comes from there decides who is let in; over http from this machine only. */
export const secureUrl = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null
  const isSecure =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && ON_LOOPBACK.test(url.hostname))
  if (isSecure && url.username === '' && url.password === '') return
  fault(context, [], 'expected an address that begins with https://')
})

const ON_LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

function seconds(min: number, max: number) {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const number = parseQuantity(String(value), 'seconds')
    if (number !== null && number >= min && number <= max) return number
    const range = [min, max].map(bound => formatQuantity(bound, 'seconds'))
    fault(context, [], `expected a time from ${range[0]} to ${range[1]}`)
    return z.NEVER
  })
}

const unknownAlgorithm = ({ input }: { input?: unknown }): string =>
  /^HS|^none$/i.test(String(input))
    ? 'symmetric algorithms and "none" prove nothing: whoever can check such a token can also make one'
    : `expected one of ${TOKEN_ALGORITHMS.join(', ')}`

function fault(context: z.RefinementCtx, path: PropertyKey[], message: string): void {
  context.addIssue({ code: 'custom', path, message })
}
