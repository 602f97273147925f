/**
 * EKS's managed pod identity webhook as seen from outside: what it adds to pods of a service account with a role, and
 * the label that keeps it away. It knows one service account of the suite.
 */
import type { OtherWebhook, ReviewedPod } from './other-webhook.ts'
import { ROLES } from './world.ts'

const VOLUME = 'aws-iam-token'
const FOLDER = '/var/run/secrets/eks.amazonaws.com/serviceaccount'

interface Named {
  readonly name: string
}

/** Appended one by one, and only those that are absent. */
const VARIABLES = [
  { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
  { name: 'AWS_DEFAULT_REGION', value: 'us-east-1' },
  { name: 'AWS_REGION', value: 'us-east-1' },
] as const

const PAIR = [
  { name: 'AWS_ROLE_ARN', value: ROLES.base },
  { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${FOLDER}/token` },
] as const

function toContainer(container: Readonly<Record<string, unknown>>): object {
  const { env = [], volumeMounts = [] } = container as {
    env?: readonly Named[]
    volumeMounts?: readonly Named[]
  }
  const isAbsent = ({ name }: Named) => !env.some((variable) => variable.name === name)
  const pair = PAIR.every(isAbsent) ? PAIR : []
  const mounts = volumeMounts.some(({ name }) => name === VOLUME)
    ? []
    : [{ name: VOLUME, mountPath: FOLDER, readOnly: true }]
  return {
    ...container,
    env: [...env, ...VARIABLES.filter(isAbsent), ...pair],
    volumeMounts: [...volumeMounts, ...mounts],
  }
}

/** It replaces whole lists. */
function mutate({ spec }: ReviewedPod): readonly object[] {
  if (spec.serviceAccountName !== 'reporter') return []
  const volume = {
    name: VOLUME,
    projected: {
      sources: [
        {
          serviceAccountToken: {
            audience: 'sts.amazonaws.com',
            expirationSeconds: 86_400,
            path: 'token',
          },
        },
      ],
    },
  }
  const others = spec.volumes.filter(({ name }) => name !== VOLUME)
  const lists = { initContainers: spec.initContainers, containers: spec.containers }
  return [
    { op: 'add', path: '/spec/volumes', value: [volume, ...others] },
    ...Object.entries(lists).map(([list, containers]) => ({
      op: 'add',
      path: `/spec/${list}`,
      value: containers.map(toContainer),
    })),
  ]
}

/** On EKS it is called `pod-identity-webhook`, which sorts after ours. */
export function eksWebhook(name: string): OtherWebhook {
  const key = 'eks.amazonaws.com/skip-pod-identity-webhook'
  return {
    name,
    objectSelector: { matchExpressions: [{ key, operator: 'DoesNotExist' }] },
    mutate,
  }
}
