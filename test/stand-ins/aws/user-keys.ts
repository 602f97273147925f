/** IAM users of a test's world, and the keys with which they call. */
import type { Credentials } from '@aws-sdk/client-sts'

/** The keys of a user whose name is of letters. */
export function keysOf(name: string): Credentials {
  return {
    AccessKeyId: `AKIA${name.toUpperCase().padEnd(16, 'A')}`,
    SecretAccessKey: `secret-of-${name}`,
    SessionToken: undefined,
    Expiration: undefined,
  }
}

/** The user as the configuration of the strict AWS has it, who may do what these statements allow. */
export function toUser(name: string, ...statements: readonly object[]): object {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = keysOf(name)
  const Statement = statements.map((one) => ({ Effect: 'Allow', ...one }))
  return {
    accessKeyId,
    secretAccessKey,
    permissionPolicies: [{ Version: '2012-10-17', Statement }],
  }
}
