import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { NAME, RESERVED_NAME } from '../core/access.ts'
import { parseSourceAddresses } from '../core/certificate/source-address.ts'
import type { TrustedIssuer } from '../core/identity-tokens/issuer.ts'
import type { PeopleSettings } from '../core/identity-tokens/people.ts'
import type { Result } from '../core/result.ts'
import { isEverywhere, type ListenAddress, parseAddress } from './address.ts'
import { checkDatabaseUrl } from './database-url.ts'
import { issuersSchema } from './issuers.ts'
import { type Limit, type Limits, limits as limitTable } from './limits.ts'
import { peopleSchema } from './people.ts'
import { type ConfigFile, faultsOf, parseYaml } from './positions.ts'
import { formatQuantity, parseQuantity } from './quantity.ts'

/** What sallyport.yaml says; undefined where it says nothing. */
export interface FileSettings {
  readonly home?: string | undefined
  readonly keys?: string | undefined
  readonly policies?: string | undefined
  readonly ssh?: ListenAddress | undefined
  readonly http?:
    | {
        readonly listen?: ListenAddress | undefined
        readonly publicUrl?: string | undefined
        readonly tls?: { readonly certificateFile: string; readonly keyFile: string } | undefined
        readonly proxies?: readonly string[] | undefined
      }
    | undefined
  readonly publicSsh?: readonly ListenAddress[] | undefined
  readonly balancers?: readonly string[] | undefined
  readonly database?:
    | { readonly url?: string | undefined; readonly directUrl?: string | undefined }
    | undefined
  readonly userCas?:
    | readonly { readonly publicKey: string; readonly agents: Readonly<Record<string, string>> }[]
    | undefined
  readonly issuers?: readonly TrustedIssuer[] | undefined
  readonly people?: PeopleSettings | undefined
  readonly limits?: Partial<Limits> | undefined
}

/** A configuration is a page, not a book; a file beyond this is not one. */
const MAX_FILE_BYTES = 256 * 1024

/** Reads sallyport.yaml; every fault with file, line and column. */
export function readSettingsFile(file: ConfigFile): Result<FileSettings, string[]> {
  if (Buffer.byteLength(file.text) > MAX_FILE_BYTES) {
    return { ok: false, fault: [`${file.path}: larger than 256 KB, which no configuration is`] }
  }
  const document = parseYaml(file)
  if (!document.ok) return document
  const schema = settingsSchema(dirname(file.path))
  const parsed = schema.safeParse(document.value.content, { reportInput: true })
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, fault: faultsOf(parsed.error.issues, schema, document.value) }
}

/** The whole format, top to bottom. Relative paths are meant from `folder`. */
function settingsSchema(folder: string) {
  const path = z
    .string()
    .min(1, 'expected a path, got nothing')
    .transform(text => resolve(folder, text))

  return z
    .strictObject({
      home: path.optional(),
      keys: path.optional(),
      policies: path.optional(),
      ssh: address.optional(),
      'public-ssh': places.optional(),
      balancers: z.array(network).max(100).optional(),
      http: z
        .strictObject({
          listen: address.optional(),
          'public-url': publicUrl.optional(),
          tls: z
            .strictObject({ certificate: path, key: path })
            .transform(({ certificate, key }) => ({ certificateFile: certificate, keyFile: key }))
            .optional(),
          proxies: z.array(proxy).max(100).optional(),
        })
        .transform(({ 'public-url': url, ...rest }) => ({ ...rest, publicUrl: url }))
        .optional(),
      database: z
        .strictObject({ url: databaseUrl.optional(), 'direct-url': databaseUrl.optional() })
        .transform(({ url, 'direct-url': directUrl }) => ({ url, directUrl }))
        .optional(),
      'user-cas': z.array(userCa).max(100).optional(),
      issuers: issuersSchema(folder).optional(),
      people: peopleSchema(folder).optional(),
      limits: limits.optional(),
    })
    .transform(({ 'user-cas': userCas, 'public-ssh': publicSsh, ...rest }) => ({
      ...rest,
      userCas,
      publicSsh,
    }))
}

const address = z.union([z.string(), z.number()]).transform((value, context) => {
  const parsed = parseAddress(String(value))
  if (parsed.ok) return parsed.value
  context.addIssue({ code: 'custom', message: parsed.fault })
  return z.NEVER
})

/** `bastion.example.com` or `bastion.example.com:2222`, as somebody would tell a colleague; or a list of them. */
const places = z
  .union([z.string(), z.array(z.string()).min(1).max(20)])
  .transform((value, context) =>
    [value].flat().map(text => {
      const parsed = parseAddress(text.includes(':') ? text : `${text}:22`)
      if (parsed.ok && parsed.value.port > 0 && !isEverywhere(parsed.value)) return parsed.value
      const message = `expected where clients find SSH, such as bastion.example.com or bastion.example.com:2222, got ${JSON.stringify(text)}`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }),
  )

const publicUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null
  const isBare = url !== null && url.search === '' && url.hash === '' && url.username === ''
  if (isBare && url.pathname === '/' && /^https?:$/.test(url.protocol)) return url.origin
  context.addIssue({
    code: 'custom',
    message: `expected the address browsers use, such as https://bastion.example.com, without a path, got "${text}"`,
  })
  return z.NEVER
})

const proxy = z.string().refine(text => isIP(text) !== 0, {
  error: issue => `expected the proxy's IP address, got ${JSON.stringify(issue.input)}`,
})

const network = z.string().superRefine((text, context) => {
  const read = parseSourceAddresses(text)
  const message = `expected an address or a network such as 10.0.1.0/24, got ${JSON.stringify(text)}`
  if (!read.ok || text.includes(',')) context.addIssue({ code: 'custom', message })
})

const databaseUrl = z.string().superRefine((text, context) => {
  const fault = checkDatabaseUrl(text)
  if (fault !== null) context.addIssue({ code: 'custom', message: fault })
})

const agentName = z
  .string()
  .regex(NAME, {
    error: `expected an agent's name: lower-case letters, digits, "." and "-", at most 63`,
  })
  .refine(name => name !== RESERVED_NAME, { error: `"${RESERVED_NAME}" is reserved` })

/** A foreign CA vouches for exactly the principals listed; each becomes the agent named beside it. */
const userCa = z
  .strictObject({
    'public-key': z
      .string()
      .transform(line => line.trim())
      .superRefine((line, context) => {
        const [type = '', blob = ''] = line.split(/\s+/)
        if (type.includes('-cert-v0')) {
          context.addIssue({
            code: 'custom',
            message: 'a CA is a plain key, this is a certificate',
          })
        } else if (!/^[a-z][a-z0-9@.-]+$/.test(type) || !/^[A-Za-z0-9+/]{40,}={0,2}$/.test(blob)) {
          context.addIssue({
            code: 'custom',
            message: 'expected the line of a .pub file, such as ssh-ed25519 AAAAC3…',
          })
        }
      }),
    agents: z.record(z.string(), agentName).refine(agents => Object.keys(agents).length > 0, {
      error: 'names no principal, so nobody could log in with it; list principal: agent',
    }),
  })
  .transform(({ 'public-key': publicKey, agents }) => ({ publicKey, agents }))

const limits = z
  .strictObject(
    Object.fromEntries(
      Object.values(limitTable).map(limit => [limit.name, quantity(limit).optional()]),
    ),
  )
  .transform(byName => {
    const found: Partial<Record<keyof Limits, number>> = {}
    for (const [key, { name }] of Object.entries(limitTable)) {
      const value = byName[name]
      if (value !== undefined) found[key as keyof Limits] = value
    }
    return found
  })

function quantity({ unit, min, max }: Limit) {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const number = parseQuantity(String(value), unit)
    if (number !== null && number >= min && number <= max) return number
    context.addIssue({
      code: 'custom',
      message: `expected ${unit === 'count' ? 'a whole number' : unit} from ${formatQuantity(min, unit)} to ${formatQuantity(max, unit)}, got ${JSON.stringify(value)}`,
    })
    return z.NEVER
  })
}
