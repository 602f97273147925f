/** Roles as the configuration has them, and as they are kept. Source: IAM API Reference, "CreateRole". */
import { z } from 'zod'
import { toRoleArn } from '../../iam/arn.ts'
import type { Role } from './configuration.ts'
import { permissionPolicy, trustPolicy } from './policy-schemas.ts'
import {
  toRoleDocuments,
  toRolePolicies,
  type ManagedPolicy,
  type WrittenRole,
} from './role-policies.ts'

/** "Names are … 1-64 of [\w+=,.@-]." */
export const ROLE_NAME = /^[\w+=,.@-]{1,64}$/

/** Path between slashes, MaxSessionDuration 3600-43200 with 3600 as default. */
export const roleSchema = z.strictObject({
  path: z
    .string()
    .regex(/^\/([!-~]+\/)?$/, 'begins and ends with a slash')
    .default('/'),
  description: z.string().optional(),
  maxSessionDurationSeconds: z.int().min(3600).max(43_200).default(3600),
  tags: z.record(z.string().max(128), z.string().max(256)).default({}),
  trustPolicy,
  permissionPolicies: z.array(permissionPolicy).default([]),
  /** Names of managed policies of the AWS account. */
  attachedPolicies: z.array(z.string()).default([]),
  permissionsBoundary: z.string().optional(),
})

/** IDs that AWS makes are 21 characters; ours are the same in every run, so that trails can be compared. */
function toRoleId(accountId: string, name: string): string {
  const hex = Buffer.from(`${accountId}/${name}`).toString('hex').toUpperCase()
  return `AROA${hex.slice(-17).padStart(17, 'X')}`
}

/** Where a role is, and what it is made of. */
export interface RoleParts {
  readonly partition: string
  readonly accountId: string
  readonly name: string
  readonly parsed: z.output<typeof roleSchema>
  /** As its author wrote it. */
  readonly written: WrittenRole | undefined
}

/** A role with its policies. */
export function toRole(
  { partition, accountId, name, parsed, written }: RoleParts,
  managedPolicies: readonly ManagedPolicy[],
): Role {
  return {
    arn: toRoleArn({ partition, accountId, path: parsed.path, name }),
    accountId,
    partition,
    name,
    path: parsed.path,
    id: toRoleId(accountId, name),
    trust: parsed.trustPolicy,
    ...toRolePolicies(parsed, managedPolicies),
    documents: toRoleDocuments(written),
    maxSessionDurationSeconds: parsed.maxSessionDurationSeconds,
    tags: parsed.tags,
  }
}
