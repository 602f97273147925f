/**
 * ARNs of roles as the upstream webhook treats them: composed from names where it is told to, and warned of, never
 * refused.
 */

/** An AWS account with its partition: what a name of a role needs to become an ARN. */
export interface AwsAccount {
  readonly partition: string
  /** 12 digits. */
  readonly id: string
}

const ROLE_ARN = /^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w\-/.@+=,]+$/

/** Says whether upstream takes it for the ARN of a role. Upstream warns of any other value, and injects it too. */
export function isRoleArn(text: string): boolean {
  return ROLE_ARN.test(text)
}

/** The ARN for a name or path of a role; what has an `arn:` in it stays as it is. */
export function composeRoleArn(text: string, { partition, id }: AwsAccount): string {
  return text.includes('arn:') ? text : `arn:${partition}:iam::${id}:role/${text}`
}
