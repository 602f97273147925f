/** Step 4: who the application is, what it can reach, and what it cannot. */
import { z } from 'zod'
import { hear } from '../application.ts'
import { askEndpoint, findTokens, readEndpointToken } from '../endpoint.ts'
import { isSessionOf } from '../expectation.ts'
import { bucketOf } from '../cloud.ts'
import { poll } from '../poll.ts'
import { PATIENCE_MS, type Stage } from '../stage.ts'
import type { CloudAndCluster } from './aws.ts'
import {
  hasTarget,
  toProfile,
  toTitle,
  type RunningContainer,
  type StartedPod,
  type TargetContainer,
} from './start.ts'

export async function showIdentity(stage: Stage, cloud: CloudAndCluster, pod: StartedPod) {
  stage.narrator.step('Who is the application, and what can it reach?')
  for (const container of pod.containers) await showCaller(stage, cloud, container)
  const users = pod.containers.filter(hasTarget)
  // Of a container once.
  for (const container of new Map(users.map((user) => [user.name, user])).values())
    await showLimits(stage, cloud, { pod, container })
  await showRotation(stage, pod)
}

async function showCaller(
  { narrator, journal }: Stage,
  { roles }: CloudAndCluster,
  container: RunningContainer,
) {
  const { name, expectation } = container
  const title = toTitle(container)
  const speaker = { from: name, profile: toProfile(expectation) }
  const { identity, failed } = await hear(
    journal,
    { ...speaker, topic: 'identity' },
    { timeoutMs: PATIENCE_MS },
  )
  if (expectation.kind === 'nobody') {
    narrator.check(identity === undefined, `${title} is nobody to AWS.`, failed)
    return
  }
  const { roleArn } = expectation
  narrator.check(
    identity !== undefined && isSessionOf(identity, roleArn),
    `${title} is ${roleArn}.`,
    identity === undefined ? failed : `GetCallerIdentity: ${identity}`,
  )
  if (roles.some(({ arn, isTarget }) => arn === roleArn && !isTarget)) return
  const {
    read,
    text,
    failed: why,
  } = await hear(journal, { ...speaker, topic: 'read' }, { timeoutMs: PATIENCE_MS })
  const bucket = `s3://${bucketOf(roleArn.split(':')[4] ?? '')}/`
  narrator.check(
    read?.startsWith(bucket) === true,
    `${title} reads from ${bucket}, which only that role may.`,
    read === undefined ? why : `${read}: "${text}"`,
  )
}

interface Subject {
  readonly pod: StartedPod
  readonly container: TargetContainer
}

async function showLimits(stage: Stage, { aws }: CloudAndCluster, { pod, container }: Subject) {
  const { narrator } = stage
  const { name, environment, expectation } = container
  const tokens = await findTokens(pod.running.rootOf(name))
  narrator.check(
    !tokens.some(({ audiences }) => audiences.includes('sts.amazonaws.com')) &&
      !Object.keys(environment).includes('AWS_WEB_IDENTITY_TOKEN_FILE'),
    `${name} does not see the token that STS takes. It sees:`,
    tokens.map(({ path, audiences }) => `${path}  (for ${audiences.join(', ')})`).join('\n'),
  )
  const {
    chain: [firstRole = ''],
    endpoint,
  } = expectation
  const token = await readEndpointToken(endpoint)
  const refusal = await tryAsWebIdentity(aws.url, firstRole, token)
  narrator.check(
    refusal !== undefined,
    'With the token that it does see, STS lets it be nobody.',
    `AssumeRoleWithWebIdentity of ${firstRole}: ${refusal}`,
  )
  const stranger = await askEndpoint(endpoint)
  narrator.check(
    stranger.status === 401,
    `Whoever asks the endpoint without that token gets ${stranger.status}.`,
    readMessage(stranger.body),
  )
}

const refused = z.object({ message: z.string() })

function readMessage(body: string): string {
  return refused.parse(JSON.parse(body)).message
}

/** The error code of STS, or nothing where it gave a session. */
async function tryAsWebIdentity(url: string, roleArn: string, token: string) {
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'demo',
      WebIdentityToken: token,
    }),
  })
  const text = await response.text()
  return response.ok ? undefined : (/<Code>(\w+)<\/Code>/u.exec(text)?.[1] ?? text)
}

async function showRotation({ narrator, journal }: Stage, { running, containers }: StartedPod) {
  const users = containers.filter(hasTarget)
  const olds = await Promise.all(users.map((user) => readEndpointToken(user.expectation.endpoint)))
  const since = journal.entries.length
  await running.rotateTokens()
  for (const [index, user] of users.entries()) {
    const { endpoint, profile } = user.expectation
    const token = await readEndpointToken(endpoint)
    // A value that the endpoint does not know makes it read the file again, but not twice within a second.
    const accepted = await poll(async () => {
      const { status } = await askEndpoint(endpoint, token)
      return status === 200 || undefined
    }, PATIENCE_MS)
    const words = await hear(
      journal,
      { from: user.name, topic: 'read', profile },
      { since, timeoutMs: PATIENCE_MS },
    )
    narrator.check(
      token !== olds[index] && accepted === true && words.read !== undefined,
      `The kubelet rotates the tokens: the endpoint takes the new one, and ${toTitle(user)} reads on.`,
      words.failed,
    )
  }
}
