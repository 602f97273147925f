/** The chart with the boundary in the whole cluster, for scenarios with the real sidecar on a kubelet. */
import assert from 'node:assert/strict'
import { IMAGES } from '../images.ts'
import { install, NAMESPACE, toValues } from '../installation.ts'
import { readState } from '../running.ts'
import { AWS_URL_IN_PODS, inNamespace, toPlace, until, type Place } from '../suite.ts'
import { ROLES } from '../world.ts'

export const CLUSTER_NAME = 'suite'

/** All that the suite's pods use, and what pods use that are sent while the chart is upgraded. */
const POLICY = {
  default: 'deny',
  rules: [
    {
      namespaces: ['suite-*'],
      serviceAccounts: ['reporter'],
      roleArns: [ROLES.base, ROLES.reports, ROLES.payroll],
    },
    { namespaces: ['default'], serviceAccounts: ['default'], roleArns: [ROLES.direct] },
  ],
}

export interface SidecarImages {
  /** Of pods that are made from now on. */
  readonly image: string
  /** Which pods may have beside it. */
  readonly others: readonly string[]
}

/** Installs, and returns when no webhook of before answers any more: what it makes, new policies may refuse. */
async function installWhole(values: object): Promise<void> {
  await install(values)
  await until('the webhooks of before to end', async () => {
    const path = '--output=jsonpath={.items[*].metadata.deletionTimestamp}'
    return (await toPlace(NAMESPACE).kubectl('get', 'pods', path)) === '' ? true : undefined
  })
}

/** Installs or upgrades to the boundary with attested session tags. */
export function installBoundary({ image, others }: SidecarImages): Promise<void> {
  const values = toValues(AWS_URL_IN_PODS, { sidecar: { image } })
  const { configuration } = values as { configuration: object }
  return installWhole({
    ...values,
    boundary: { mode: 'cluster', sidecarImages: others },
    configuration: {
      ...configuration,
      policy: POLICY,
      sessionTags: 'attested',
      clusterName: CLUSTER_NAME,
    },
  })
}

/** Installs the boundary, and returns when API servers hold to it, which takes them a moment. */
export async function beginBoundary(): Promise<void> {
  await installBoundary({ image: IMAGES.sidecar, others: [] })
  await inNamespace(async (place) => {
    await until('a token for AWS to be refused', async () => {
      const { stderr } = await makeToken(place)
      return /made by kubelets only/.test(stderr) || undefined
    })
  })
}

/** The chart as the suite has it. */
export function endBoundary(): Promise<void> {
  return installWhole(toValues(AWS_URL_IN_PODS))
}

/** Asks for a token for AWS, by `parameters` of kubectl's as somebody else. */
export function makeToken(place: Place, ...parameters: readonly string[]) {
  const command = ['create', 'token', 'reporter', '--audience=sts.amazonaws.com']
  return place.attempt(...command, ...parameters)
}

export async function imageOfSidecar(place: Place, pod: string): Promise<string> {
  const path = '{.spec.initContainers[?(@.name=="rolechain-sidecar")].image}'
  return place.kubectl('get', 'pod', pod, `--output=jsonpath=${path}`)
}

/** Fails unless the pod is ready and its sidecar has been restarted this often. */
export async function assertReady(place: Place, pod: string, sidecarRestarts = 0): Promise<void> {
  await until(`${pod} to be ready`, async () => {
    const state = await readState(place, pod)
    return (state.isReady && state.sidecarRestarts === sidecarRestarts) || undefined
  })
}

/** How often the running sidecar of a pod got sessions. */
export async function countRenewals(place: Place, pod: string): Promise<number> {
  const log = await place.kubectl('logs', pod, '--container=rolechain-sidecar')
  assert.doesNotMatch(log, /refresh_failed/)
  return log.split('\n').filter((line) => line.includes('"refreshed"')).length
}
