/** A chain of two hops, its right documents, and ways to make them wrong. */
import { toAccountDocuments } from '../../../../cli/core/policy/documents.ts'
import { joinDumps, readDump } from '../../../../cli/core/verify/dumps.ts'
import { verifyChain } from '../../../../cli/core/verify/verify.ts'
import type { Hop } from '../../../../sidecar/contract.ts'
import { BASE, READER, stepsOf, toDump } from '../chains.ts'

export const PROVIDER = 'arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example'
export const EXTERNAL: Hop = { roleArn: READER, externalId: 'team-a' }

interface RoleDetail {
  readonly Arn: string
  readonly AssumeRolePolicyDocument: unknown
  readonly RolePolicyList: readonly unknown[]
}

/** The right documents of a chain, with the changes of a role laid over. */
export function dumpsOf(hops: readonly Hop[], changes: Readonly<Record<string, object>> = {}) {
  const steps = stepsOf(hops)
  return toAccountDocuments([steps]).flatMap((account) => {
    const dump = toDump(account) as { RoleDetailList: readonly RoleDetail[] }
    return [
      {
        ...dump,
        RoleDetailList: dump.RoleDetailList.map((role) => ({ ...role, ...changes[role.Arn] })),
      },
      ...account.providers.map(({ url, clientIds }) => ({ Url: url, ClientIDList: clientIds })),
    ]
  })
}

export function verdictOf(hops: readonly Hop[], dumps: readonly unknown[]) {
  return verifyChain(stepsOf(hops), joinDumps(dumps.flatMap((dump) => readDump(dump) ?? [])))
}

/** Code and sentence of everything that is found. */
export function found(hops: readonly Hop[], changes: Readonly<Record<string, object>>) {
  return verdictOf(hops, dumpsOf(hops, changes)).hops.flatMap(({ findings }) =>
    findings.map(({ code, hop, side, message }) => `${code}: hop ${hop}, ${side}: ${message}`),
  )
}

export function trust(...Statement: readonly object[]) {
  return { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement } }
}

export function crossAccount(more: object = {}) {
  return {
    Sid: 'CrossAccount',
    Effect: 'Allow',
    Principal: { AWS: BASE },
    Action: 'sts:AssumeRole',
    ...more,
  }
}

export function permissions(...Statement: readonly object[]) {
  const PolicyDocument = { Version: '2012-10-17', Statement }
  return { RolePolicyList: [{ PolicyName: 'assume', PolicyDocument }] }
}

export function externalId(value: string | readonly string[], operator = 'StringEquals') {
  return { Condition: { [operator]: { 'sts:ExternalId': value } } }
}

export const TO_READER: readonly Hop[] = [{ roleArn: BASE }, { roleArn: READER }]
