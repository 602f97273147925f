/** Variables that come before the endpoint in some SDK's order: with one of them the application would be somebody else. */
import type { Assignment } from './assignment.ts'
import { FULL_URI_VARIABLE, TOKEN_FILE_VARIABLE } from './container-credentials.ts'
import type { ManagedParts } from './eks-webhook.ts'
import type { Container, Variable } from './pod.ts'
import type { Finding } from './reasons.ts'
import { isOurs } from './workload.ts'

/** Ours to set: with any other value, an empty one too, the container could not have its target. */
const OWN: ReadonlySet<string> = new Set([FULL_URI_VARIABLE, TOKEN_FILE_VARIABLE])

/** Other spellings of some are read by the AWS CLI, boto, Java v1 and Ruby. An empty value shadows nothing. */
const SHADOWING: ReadonlySet<string> = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_ACCESS_KEY',
  'AMAZON_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
])

/** Every such variable in the `env` of containers that are to use a target, but for what EKS's webhook put there. */
export function findConflicts(
  assignments: readonly Assignment[],
  managed: ReadonlyMap<Container, ManagedParts>,
  onConflict: string,
): readonly Finding[] {
  return assignments
    .filter(({ target }) => target !== null)
    .flatMap(({ container }) => {
      const removed = new Set(managed.get(container)?.variables)
      const names = container.variables
        .filter((variable) => shadows(variable) && !removed.has(variable))
        .map(({ name }) => name)
      return [...new Set(names)].map((name): Finding => ({
        reason: 'conflict',
        message: `container '${container.name}': ${name} in its env comes before the credentials of its target; remove it, leave the container out, or set ${onConflict} to warn`,
      }))
    })
}

function shadows(variable: Variable): boolean {
  if (OWN.has(variable.name)) return !isOurs(variable)
  return SHADOWING.has(variable.name) && variable.value !== ''
}
