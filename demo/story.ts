/** The demo's story: the steps in their order, each with what the ones before it have made. */
import type { Aws } from '../stand-ins/aws/server.ts'
import type { Stage } from './stage.ts'
import { showAdmission } from './steps/admission.ts'
import { showAws } from './steps/aws.ts'
import { showIdentity } from './steps/identity.ts'
import { showOutage } from './steps/outage.ts'
import { showStart, type StartedPod } from './steps/start.ts'

/** What is running at the end of the story. */
export interface Told {
  readonly aws: Aws
  readonly pod: StartedPod
}

/** Tells it to its end, or to the step after which there is nothing more to show; then returns nothing. */
export async function tell(stage: Stage): Promise<Told | undefined> {
  stage.narrator.title('rolechain: one annotation, one role in another AWS account')
  stage.narrator.show(toSubject(stage))
  const cloud = await showAws(stage)
  const admitted = await showAdmission(stage, cloud.aws.url)
  if (admitted === undefined) return undefined
  const pod = await showStart(stage, cloud, admitted)
  if (pod === undefined) return undefined
  await showIdentity(stage, cloud, pod)
  await showOutage(stage, cloud.aws, pod)
  return { aws: cloud.aws, pod }
}

/** What the manifest asks for, in its own words. */
function toSubject({ narrator, manifest }: Stage): string {
  const { kind, namespace, name, serviceAccountName, pod } = manifest
  const { colors } = narrator
  const serviceAccount = manifest.serviceAccounts.find(
    (one) => one.namespace === namespace && one.name === serviceAccountName,
  )
  const toLines = (annotations: Readonly<Record<string, string>> = {}) => {
    const lines = Object.entries(annotations).map(
      ([key, value]) => `  ${colors.cyan(`${key}: ${value.trim().replaceAll('\n', '\n    ')}`)}`,
    )
    return lines.length > 0 ? lines : ['  no annotation']
  }
  return [
    `${kind} ${colors.bold(`${namespace}/${name}`)} has`,
    ...toLines(pod.metadata.annotations),
    `and its service account ${colors.bold(serviceAccountName)} has`,
    ...toLines(serviceAccount?.annotations),
  ].join('\n')
}
