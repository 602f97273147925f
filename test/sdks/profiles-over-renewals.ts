/** Checks of a profile with sessions of some seconds: renewals, an outage of STS, and a crash of the sidecar. */
import { join } from 'node:path'
import type { RunningPod } from '../../demo/kubelet/pod-runner.ts'
import { endpointTokenFolder, TOKEN_FILE } from '../../sidecar/contract.ts'
import { beRole, type Subject } from './in-an-hour.ts'
import {
  callUntilKeys,
  liveThroughOutage,
  RENEWALS,
  TIME_SCALE,
  type Play,
} from './over-renewals.ts'
import { DEPLOY, DEV, start, useProfile, type Stage, type Variables } from './profile-stage.ts'
import { startScene } from './scene.ts'

export async function checkProfileOverRenewals(subject: Subject): Promise<void> {
  const { helper, pods, recorder, hasProfileOption } = subject
  const scene = await startScene({ rolesOf: 'profiles', helper, timeScale: TIME_SCALE })
  try {
    const pod = await scene.startPod(pods.profiles)
    const stage: Stage = { subject, scene, pod }
    const client = await start(stage, DEPLOY, hasProfileOption ? {} : { AWS_PROFILE: DEV.name })
    const play: Play = {
      scene,
      pod,
      client,
      environment: toEnvironmentOf(pod, DEPLOY, DEV.name),
      be: (one) => beRole(one, DEV.roleArn),
    }
    await recorder.check('profileRenewals', async () => {
      if (hasProfileOption) await useProfile(client, DEV)
      return `${await callUntilKeys(play, RENEWALS + 1)} calls with ${RENEWALS + 1} sessions`
    })
    await recorder.check('profileOutage', () => liveThroughOutage(play))
    await client.stop()
  } finally {
    await scene.stop()
  }
}

/** As if a target were the container's default. */
function toEnvironmentOf(pod: RunningPod, container: string, target: string): Variables {
  const environment = pod.environmentOf(container)
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url = '' } = environment
  return {
    ...environment,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: url.replace(/[^/]+$/u, target),
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(
      pod.rootOf(container),
      endpointTokenFolder(target),
      TOKEN_FILE,
    ),
  }
}
