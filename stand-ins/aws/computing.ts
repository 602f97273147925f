/**
 * Instances of EC2 and load balancers of the world: as much of them as people look for when they want to know whether
 * they may look. Source: Amazon EC2 API Reference, "Instance"; Elastic Load Balancing API Reference (2015-12-01),
 * "LoadBalancer".
 */
import { z } from 'zod'

/** What both have. */
interface Placed {
  readonly region: string
}

/** An instance of EC2. */
export interface Instance extends Placed {
  readonly id: string
  readonly type: string
  readonly tags: Readonly<Record<string, string>>
}

/** An application load balancer. */
export interface LoadBalancer extends Placed {
  readonly arn: string
  readonly name: string
  readonly dnsName: string
}

/** Of an AWS account. */
export interface Computing {
  readonly instances: readonly Instance[]
  readonly loadBalancers: readonly LoadBalancer[]
}

const region = z.string().default('us-east-1')

const instance = z.strictObject({
  region,
  type: z.string().default('t3.micro'),
  tags: z.record(z.string(), z.string()).default({}),
})

// "alphanumeric characters or hyphens", 32 at most, not beginning with "internal-".
const LOAD_BALANCER_NAME = /^(?!internal-)[A-Za-z0-9][A-Za-z0-9-]{0,31}$/

/** As the configuration of an AWS account has them: instances by ID, load balancers by name. */
export const computing = {
  instances: z.record(z.string().regex(/^i-[0-9a-f]{17}$/), instance).default({}),
  loadBalancers: z
    .record(z.string().regex(LOAD_BALANCER_NAME), z.strictObject({ region }))
    .default({}),
}

interface Parsed {
  readonly instances: Readonly<Record<string, z.output<typeof instance>>>
  readonly loadBalancers: Readonly<Record<string, { readonly region: string }>>
}

/** What an AWS account has. */
export function toComputing(
  { partition, accountId }: { readonly partition: string; readonly accountId: string },
  { instances, loadBalancers }: Parsed,
): Computing {
  return {
    instances: Object.entries(instances).map(([id, one]) => ({ id, ...one })),
    loadBalancers: Object.entries(loadBalancers).map(([name, one]) => {
      const id = Buffer.from(name).toString('hex').padStart(16, '0').slice(-16)
      const place = `${partition}:elasticloadbalancing:${one.region}:${accountId}`
      return {
        ...one,
        name,
        arn: `arn:${place}:loadbalancer/app/${name}/${id}`,
        dnsName: `${name}-1234567890.${one.region}.elb.amazonaws.com`,
      }
    }),
  }
}
