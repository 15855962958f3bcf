import { resolve } from 'node:path'
import { z } from 'zod'
import type { PeopleSettings } from '../core/identity-tokens/people.ts'
import type { Role } from '../core/ports/administration.ts'
import { claimCondition, secureUrl } from './issuers.ts'

const ROLES = ['viewer', 'approver', 'administrator'] as const satisfies readonly Role[]

/** `people:` in sallyport.yaml. */
export function peopleSchema(folder: string) {
  return z
    .strictObject({
      issuer: secureUrl,
      'client-id': z.string().min(1, 'expected some text, got none'),
      'client-secret-file': z
        .string()
        .min(1, 'expected a path, got nothing')
        .transform(path => resolve(folder, path))
        .optional(),
      scopes: z
        .array(
          z.string().regex(/^[!#-[\]-~]+$/, { error: 'expected a scope: no spaces or quotes' }),
        )
        .max(20)
        .optional(),
      name: z.string().min(1).max(60).optional(),
      user: z.string().min(1).optional(),
      roles: z
        .array(
          z.strictObject({
            when: claimCondition,
            role: z.enum(ROLES, { error: `expected one of ${ROLES.join(', ')}` }),
          }),
        )
        .min(1, 'gives nobody a role, so nobody could sign in'),
    })
    .transform(
      (given): PeopleSettings => ({
        issuer: given.issuer,
        clientId: given['client-id'],
        clientSecretFile: given['client-secret-file'] ?? null,
        scopes: [...new Set(['openid', ...(given.scopes ?? ['email', 'profile'])])],
        name: given.name ?? new URL(given.issuer).hostname,
        user: given.user ?? 'email',
        roles: given.roles,
      }),
    )
}
