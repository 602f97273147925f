/**
 * The control paths of the strict AWS, for other processes and shells, as JSON under `/_/`: the trail, the faults, how
 * fast time passes for sessions, who a role trusts, the associations of EKS Pod Identity, the access entries of EKS
 * clusters, and the session that a node finds in its instance metadata.
 */
import { z } from 'zod'
import type { Answer, Environment } from './call.ts'
import { podIdentityAssociations, toAssociations, type EksCluster } from './eks-clusters.ts'
import { faultSchema, type FaultScript } from './faults.ts'
import { trustPolicy } from './policy-schemas.ts'
import { issueNodeSession } from './node-session.ts'
import type { AwsRequest } from './request.ts'
import type { TrailEntry } from './trail.ts'

/** What the control paths show and change. */
export interface Controlled {
  readonly trail: TrailEntry[]
  readonly faults: FaultScript
  readonly environment: Environment
  /** The clock of AWS. */
  readonly nowMs: number
}

/** `_` is no bucket's name, so nothing of S3 is hidden. */
export function isControl(request: AwsRequest): boolean {
  return request.rawPath.startsWith('/_/')
}

function toJson(status: number, value: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value, null, 2)}\n`,
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function addFault(body: Buffer, faults: FaultScript): Answer {
  const parsed = faultSchema.safeParse(parseJson(body))
  return parsed.success
    ? toJson(201, { id: faults.add(parsed.data) })
    : toJson(400, { message: `Not a fault: ${z.prettifyError(parsed.error)}` })
}

/** For sessions from now on. */
function changeTimeScale(body: Buffer, environment: Environment): Answer {
  const parsed = z.number().positive().safeParse(parseJson(body))
  if (!parsed.success) return toJson(400, { message: 'A time scale is a number above 0.' })
  environment.timeScale = parsed.data
  return toJson(200, parsed.data)
}

/** What IAM calls UpdateAssumeRolePolicy; for calls from now on. */
function changeTrustPolicy(arn: string, body: Buffer, { world }: Environment): Answer {
  const role = [...world.accounts.values()]
    .flatMap(({ roles }) => roles)
    .find((candidate) => candidate.arn === arn)
  if (role === undefined) return toJson(404, { message: `There is no role ${arn}.` })
  const parsed = trustPolicy.safeParse(parseJson(body))
  if (!parsed.success)
    return toJson(400, { message: `Not a trust policy: ${z.prettifyError(parsed.error)}` })
  role.trust = parsed.data
  role.documents.trust = parseJson(body)
  return toJson(200, {})
}

function findCluster(arn: string, { world }: Environment): EksCluster | undefined {
  return [...world.accounts.values()]
    .flatMap(({ eksClusters }) => eksClusters)
    .find((candidate) => candidate.arn === arn)
}

function noCluster(arn: string): Answer {
  return toJson(404, { message: `There is no cluster ${arn}.` })
}

/** What EKS tells the API servers of a cluster. */
function showAccessEntries(arn: string, environment: Environment): Answer {
  const cluster = findCluster(arn, environment)
  return cluster === undefined ? noCluster(arn) : toJson(200, cluster.accessEntries)
}

/** What EKS calls Create-, Update- and DeletePodIdentityAssociation: the whole list, for calls from now on. */
function changeAssociations(arn: string, body: Buffer, environment: Environment): Answer {
  const cluster = findCluster(arn, environment)
  if (cluster === undefined) return noCluster(arn)
  const parsed = podIdentityAssociations.safeParse(parseJson(body))
  if (!parsed.success)
    return toJson(400, { message: `Not associations: ${z.prettifyError(parsed.error)}` })
  cluster.podIdentityAssociations = toAssociations(arn, parsed.data)
  return toJson(200, cluster.podIdentityAssociations)
}

/** In the form of instance metadata; the session's name is the instance's ID, as on EC2. */
function makeNodeSession(arn: string, { environment, nowMs }: Controlled): Answer {
  const role = [...environment.world.accounts.values()]
    .flatMap(({ roles }) => roles)
    .find((candidate) => candidate.arn === arn)
  const session = role && issueNodeSession(role, environment, nowMs)
  if (session === undefined)
    return toJson(404, { message: `There is no role ${arn} that trusts ec2.amazonaws.com.` })
  return toJson(200, {
    Code: 'Success',
    Type: 'AWS-HMAC',
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: new Date(session.expiresAtMs).toISOString(),
  })
}

type Answerer = (controlled: Controlled, body: Buffer, name: string) => Answer

/** By method and path; what is in angle brackets is the name that the function gets. */
const ANSWERERS: Readonly<Record<string, Answerer>> = {
  'GET /_/trail': ({ trail }) => toJson(200, trail),
  'DELETE /_/trail': ({ trail }) => {
    trail.length = 0
    return toJson(200, trail)
  },
  'GET /_/faults': ({ faults }) => toJson(200, faults.list()),
  'POST /_/faults': ({ faults }, body) => addFault(body, faults),
  'DELETE /_/faults': ({ faults }) => {
    faults.clear()
    return toJson(200, [])
  },
  'DELETE /_/faults/<id>': ({ faults }, _body, id) => {
    faults.remove(Number(id))
    return toJson(200, faults.list())
  },
  'PUT /_/time-scale': ({ environment }, body) => changeTimeScale(body, environment),
  'PUT /_/trust-policies/<role ARN>': ({ environment }, body, arn) =>
    changeTrustPolicy(arn, body, environment),
  'PUT /_/pod-identity-associations/<cluster ARN>': ({ environment }, body, arn) =>
    changeAssociations(arn, body, environment),
  'GET /_/access-entries/<cluster ARN>': ({ environment }, _body, arn) =>
    showAccessEntries(arn, environment),
  'POST /_/node-sessions/<role ARN>': (controlled, _body, arn) => makeNodeSession(arn, controlled),
}

/** What the rest of a path is in these folders. */
const NAMES: Readonly<Record<string, string>> = {
  faults: '<id>',
  'trust-policies': '<role ARN>',
  'pod-identity-associations': '<cluster ARN>',
  'access-entries': '<cluster ARN>',
  'node-sessions': '<role ARN>',
}

const unknownPath: Answerer = () =>
  toJson(404, { message: `There are ${Object.keys(ANSWERERS).join(', ')}.` })

/** Answers a control request; unknown ones with the list of those that there are. */
export function answerControl(
  { method, rawPath, body }: AwsRequest,
  controlled: Controlled,
): Answer {
  const [, folder = '', name = ''] = /^\/_\/([^/]+)\/(.+)$/.exec(rawPath) ?? []
  const path = Object.hasOwn(NAMES, folder) ? `/_/${folder}/${NAMES[folder] ?? ''}` : rawPath
  return (ANSWERERS[`${method} ${path}`] ?? unknownPath)(controlled, body, name)
}
