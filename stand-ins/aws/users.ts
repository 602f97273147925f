/**
 * IAM users of the world, with one access key each. Source: IAM User Guide, "IAM users", "Managing access keys for IAM
 * users", "IAM identifiers" (AIDA, AKIA).
 */
import { z } from 'zod'
import { permissionPolicy } from './policy-schemas.ts'
import type { RoleSession } from './session-store.ts'

/** By name, as the configuration has them. */
export const users = z
  .record(
    z.string().regex(/^[\w+=,.@-]{1,64}$/),
    z.strictObject({
      accessKeyId: z.string().regex(/^AKIA[A-Z2-7]{16}$/),
      secretAccessKey: z.string().min(1),
      permissionPolicies: z.array(permissionPolicy).default([]),
    }),
  )
  .default({})

/** The same in every run, so that trails can be compared. */
function toUserId(accountId: string, name: string): string {
  const hex = Buffer.from(`${accountId}/${name}`).toString('hex').toUpperCase()
  return `AIDA${hex.slice(-17).padStart(17, 'X')}`
}

/** The users of an AWS account, as callers. */
export function toUsers(
  { partition, accountId }: { readonly partition: string; readonly accountId: string },
  parsed: z.output<typeof users>,
): readonly RoleSession[] {
  return Object.entries(parsed).map(([name, { permissionPolicies, ...keys }]) => {
    const arn = `arn:${partition}:iam::${accountId}:user/${name}`
    const id = toUserId(accountId, name)
    return {
      ...keys,
      isUser: true,
      arn,
      principalId: id,
      role: {
        arn,
        accountId,
        partition,
        name,
        id,
        path: '/',
        trust: { hasVariables: true, statements: [] },
        attached: [],
        boundary: undefined,
        documents: { trust: undefined, inline: [] },
        permissions: permissionPolicies.map((policy, index) => ({
          name: `permissionPolicies[${index}]`,
          ...policy,
        })),
        maxSessionDurationSeconds: 0,
        tags: {},
      },
      sessionName: '',
      sessionToken: undefined,
      issuedAtMs: 0,
      expiresAtMs: Infinity,
      sourceIdentity: undefined,
      tags: new Map(),
      transitiveTagKeys: [],
      sessionPolicy: undefined,
      webIdentity: undefined,
    }
  })
}
