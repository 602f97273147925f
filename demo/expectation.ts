/** Whom each container of an admitted pod should be to AWS, read from the pod alone. */
import { parseRoleArn, toSessionArn } from '../iam/arn.ts'
import { z } from 'zod'
import { CONFIGURATION_VARIABLE } from '../sidecar/contract.ts'
import { readTarget, usesEndpoint } from './endpoint.ts'
import { isSidecar } from './kubelet/images.ts'
import type { Pod } from './pod.ts'

/** What a container can be. */
export type Expectation =
  | { readonly kind: 'target'; readonly chain: readonly string[]; readonly roleArn: string }
  | { readonly kind: 'base'; readonly roleArn: string }
  | { readonly kind: 'nobody' }

const configuration = z.looseObject({
  targets: z.record(
    z.string(),
    z.looseObject({ chain: z.array(z.looseObject({ roleArn: z.string() })) }),
  ),
})

/** By the env that a container has got. */
export function readExpectation(
  pod: Pod,
  environment: Readonly<Record<string, string>>,
): Expectation {
  const { AWS_ROLE_ARN: baseRoleArn } = environment
  if (usesEndpoint(environment)) {
    const chain = readChain(pod, readTarget(environment))
    return { kind: 'target', chain, roleArn: chain.at(-1) ?? '' }
  }
  return baseRoleArn === undefined ? { kind: 'nobody' } : { kind: 'base', roleArn: baseRoleArn }
}

/** The role ARNs of a target in the order in which the sidecar assumes them. */
function readChain(pod: Pod, target: string): string[] {
  const sidecar = pod.spec.initContainers.find(isSidecar)
  const value = sidecar?.env.find(({ name }) => name === CONFIGURATION_VARIABLE)?.value ?? '{}'
  const { targets } = configuration.parse(JSON.parse(value))
  return (targets[target]?.chain ?? []).map(({ roleArn }) => roleArn)
}

/** Whether an ARN of `GetCallerIdentity` is of a session of this role. */
export function isSessionOf(identity: string, roleArn: string): boolean {
  const role = parseRoleArn(roleArn)
  return role !== undefined && identity.startsWith(toSessionArn(role, ''))
}
