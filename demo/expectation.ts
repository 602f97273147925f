/** Whom each container of an admitted pod should be to AWS, read from the pod alone. */
import { parseRoleArn, toSessionArn } from '../iam/arn.ts'
import { z } from 'zod'
import { CONFIGURATION_VARIABLE } from '../sidecar/contract.ts'
import { readTarget, toEndpointOf, usesEndpoint } from './endpoint.ts'
import { isSidecar } from './kubelet/images.ts'
import type { Pod } from './pod.ts'

type Environment = Readonly<Record<string, string>>

/** What a container can be. */
export type Expectation =
  | {
      readonly kind: 'target'
      /** Absent where the container has one target only. */
      readonly profile?: string
      readonly chain: readonly string[]
      readonly roleArn: string
      /** The variables by which the endpoint serves it. */
      readonly endpoint: Environment
    }
  | { readonly kind: 'base'; readonly roleArn: string }
  | { readonly kind: 'nobody' }

const configuration = z.looseObject({
  targets: z.record(
    z.string(),
    z.looseObject({ chain: z.array(z.looseObject({ roleArn: z.string() })) }),
  ),
  port: z.number(),
  profiles: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
})

/** A container as it runs. */
export interface Subject {
  readonly name: string
  readonly environment: Environment
  /** The folder that is `/` to it. */
  readonly root: string
}

/** All that a container is, at least one thing: by its env, and by its profiles where it has some. */
export function readExpectations(pod: Pod, { name, environment, root }: Subject): Expectation[] {
  const { AWS_ROLE_ARN: baseRoleArn } = environment
  const { targets, port, profiles } = readConfiguration(pod)
  const toTarget = (target: string, endpoint: Environment) => {
    const chain = (targets[target]?.chain ?? []).map(({ roleArn }) => roleArn)
    return { kind: 'target' as const, chain, roleArn: chain.at(-1) ?? '', endpoint }
  }
  const own = Object.keys(profiles[name] ?? {})
  if (own.length > 0)
    return own.map((profile) => ({
      profile,
      ...toTarget(profile, toEndpointOf(profile, { root, port })),
    }))
  if (usesEndpoint(environment)) return [toTarget(readTarget(environment), environment)]
  return [baseRoleArn === undefined ? { kind: 'nobody' } : { kind: 'base', roleArn: baseRoleArn }]
}

/** What the sidecar is told. */
function readConfiguration(pod: Pod) {
  const sidecar = pod.spec.initContainers.find(isSidecar)
  const value = sidecar?.env.find(({ name }) => name === CONFIGURATION_VARIABLE)?.value
  return configuration.parse(value === undefined ? { targets: {}, port: 0 } : JSON.parse(value))
}

/** Whether an ARN of `GetCallerIdentity` is of a session of this role. */
export function isSessionOf(identity: string, roleArn: string): boolean {
  const role = parseRoleArn(roleArn)
  return role !== undefined && identity.startsWith(toSessionArn(role, ''))
}
