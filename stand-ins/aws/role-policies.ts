/**
 * The policies of a role: inline ones, managed ones that are attached, and its permissions boundary; read, and as they
 * were written. Source: IAM User Guide, "Managed policies and inline policies", "Permissions boundaries".
 */
import { toPolicyArn } from '../../iam/arn.ts'
import type { Policy } from '../../iam/policy.ts'

/** "CreatePolicy": PolicyName 1-128 of [\w+=,.@-]. */
export const POLICY_NAME = /^[\w+=,.@-]{1,128}$/

/** A policy that roles share. */
export interface ManagedPolicy {
  readonly arn: string
  readonly name: string
  readonly policy: Policy
  readonly document: unknown
}

/** The documents of a role as their author wrote them. */
export interface RoleDocuments {
  /** Scenarios change it. */
  trust: unknown
  readonly inline: readonly { readonly name: string; readonly document: unknown }[]
}

/** A role as its author wrote it. */
export interface WrittenRole {
  readonly trustPolicy?: unknown
  readonly permissionPolicies?: readonly unknown[]
}

/** An AWS account as its author wrote it, once it is known to be well-formed. */
export interface WrittenAccount {
  readonly roles?: Readonly<Record<string, WrittenRole>>
  readonly managedPolicies?: Readonly<Record<string, unknown>>
}

/** The file as its author wrote it. */
export interface WrittenAccounts {
  readonly awsAccounts: Readonly<Record<string, WrittenAccount>>
}

/** The managed policies of an AWS account. */
export function toManagedPolicies(
  account: { readonly partition: string; readonly accountId: string },
  { managedPolicies }: { readonly managedPolicies: Readonly<Record<string, Policy>> },
  written: WrittenAccount,
): readonly ManagedPolicy[] {
  return Object.entries(managedPolicies).map(([name, policy]) => ({
    arn: toPolicyArn({ ...account, path: '/', name }),
    name,
    policy,
    document: written.managedPolicies?.[name],
  }))
}

interface ParsedRole {
  readonly permissionPolicies: readonly Policy[]
  readonly attachedPolicies: readonly string[]
  readonly permissionsBoundary?: string | undefined
}

/** What counts for a role. */
export function toRolePolicies(
  { permissionPolicies, attachedPolicies, permissionsBoundary }: ParsedRole,
  managed: readonly ManagedPolicy[],
) {
  const attached = managed.filter(({ name }) => attachedPolicies.includes(name))
  return {
    permissions: [
      ...permissionPolicies.map((policy, index) => ({
        name: `permissionPolicies[${index}]`,
        ...policy,
      })),
      ...attached.map(({ arn, policy }) => ({ ...policy, name: arn })),
    ],
    attached,
    boundary: managed.find(({ name }) => name === permissionsBoundary),
  }
}

/** The file gives inline policies no name; IAM needs one. */
export function toRoleDocuments({
  trustPolicy,
  permissionPolicies = [],
}: WrittenRole = {}): RoleDocuments {
  return {
    trust: trustPolicy,
    inline: permissionPolicies.map((document, index) => ({
      name: `inline-${index + 1}`,
      document,
    })),
  }
}

/** Names of managed policies that the AWS account does not have. */
export function findUnknownPolicies(
  accountId: string,
  {
    roles,
    managedPolicies,
  }: {
    readonly roles: Readonly<Record<string, ParsedRole>>
    readonly managedPolicies: object
  },
): string[] {
  return Object.entries(roles).flatMap(([role, { attachedPolicies, permissionsBoundary }]) =>
    [...attachedPolicies, ...(permissionsBoundary === undefined ? [] : [permissionsBoundary])]
      .filter((name) => !Object.hasOwn(managedPolicies, name))
      .map((name) => `${accountId}, role ${role}: there is no managed policy ${name}`),
  )
}
