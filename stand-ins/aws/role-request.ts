/**
 * What a caller asks for when it assumes a role: parameters, the role that they name, and what the trail shows of them.
 */
import { AwsError } from './aws-error.ts'
import type { Call } from './call.ts'
import type { Role } from './configuration.ts'
import { parseRoleArn } from '../../iam/arn.ts'
import type { SessionRequest } from '../../iam/assume-role.ts'

/** Parameters of one request; `values` by lower camel case name. */
export interface Parameters {
  readonly values: ReadonlyMap<string, string>
  readonly tags: readonly (readonly [key: string, value: string])[]
  readonly transitiveTagKeys: readonly string[]
}

/** What is asked of the new session; absent parameters stay absent. */
export function toSessionRequest({ values, tags, transitiveTagKeys }: Parameters): SessionRequest {
  return {
    sessionName: values.get('roleSessionName') ?? '',
    externalId: values.get('externalId'),
    sourceIdentity: values.get('sourceIdentity'),
    tags,
    transitiveTagKeys,
  }
}

/** What CloudTrail shows of the parameters: all but the token. */
export function toRequestParameters({ values, tags, transitiveTagKeys }: Parameters) {
  const shown = [...values].filter(([name]) => name !== 'webIdentityToken')
  const duration = values.get('durationSeconds')
  return {
    ...Object.fromEntries(shown),
    ...(duration === undefined ? {} : { durationSeconds: Number(duration) }),
    ...(tags.length === 0 ? {} : { principalTags: Object.fromEntries(tags) }),
    ...(transitiveTagKeys.length === 0 ? {} : { transitiveTagKeys }),
  }
}

/** What a role ARN leads to. `role` is undefined where there is none of that ARN. */
export interface RoleReference {
  readonly arn: string
  readonly accountId: string
  readonly role: Role | undefined
}

/** Follows a role ARN. Partitions share nothing: a role of another one than the caller's cannot be named. */
export function findRole(call: Call, arn: string, partition?: string): RoleReference {
  const parsed = parseRoleArn(arn)
  if (parsed === undefined) throw new AwsError('ValidationError', `${arn} is invalid`)
  if (partition !== undefined && partition !== parsed.partition)
    throw new AwsError('ValidationError', 'Request ARN is invalid')
  const role = call.environment.world.accounts
    .get(parsed.accountId)
    ?.roles.find((candidate) => candidate.arn === arn)
  return { arn, accountId: parsed.accountId, role }
}
