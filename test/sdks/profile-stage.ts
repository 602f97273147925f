/** The pod of `pods/profiles.yaml`, and SDKs in its containers. */
import assert from 'node:assert/strict'
import type { RunningPod } from '../../demo/kubelet/pod-runner.ts'
import type { Client } from './client.ts'
import type { Subject } from './in-an-hour.ts'
import { REGION, TARGET_ROLE } from './places.ts'
import type { Scene } from './scene.ts'

/** A container that has a default, and one target more than {@link APPLICATION}. */
export const DEPLOY = 'deploy'

export interface Profile {
  readonly name: string
  readonly roleArn: string
  readonly region: string
}

export const DEV: Profile = { name: 'dev', roleArn: TARGET_ROLE, region: REGION }
export const STG: Profile = {
  name: 'stg',
  roleArn: 'arn:aws:iam::333333333333:role/ci',
  region: 'eu-central-1',
}
export const PROD: Profile = {
  name: 'prod',
  roleArn: 'arn:aws:iam::444444444444:role/ci',
  region: REGION,
}
/** Of container runtimes: SDKs look for a shell there. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** An SDK in the containers of the pod. */
export interface Stage {
  readonly subject: Subject
  readonly scene: Scene
  readonly pod: RunningPod
}

export type Variables = Readonly<Record<string, string>>

/** Starts a process of the SDK in a container, with further variables. */
export function start(
  { subject, pod }: Stage,
  container: string,
  { object, ...variables }: Variables & { readonly object?: string } = {},
): Promise<Client> {
  const environment = { PATH, ...pod.environmentOf(container), ...variables }
  return subject.start(environment, { root: pod.rootOf(container), object })
}

/** The region that it says it has found; empty where it has been told one. */
export async function useProfile(client: Client, { name, region }: Profile): Promise<string> {
  const { error, region: own } = await client.ask(`profile ${name} ${region}`)
  assert.equal(error, undefined)
  return own ?? ''
}

/** What only the role of a profile may read. */
export function objectOf({ roleArn }: Profile): string {
  return `reports-${roleArn.split(':')[4]} report.txt`
}
