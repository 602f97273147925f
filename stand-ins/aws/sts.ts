/**
 * STS: reads the action and its parameters, answers in XML, or in JSON where that is asked for. The actions themselves
 * are in `assume-role.ts`, the protocol in `query-protocol.ts`. Source: AWS STS API Reference, "Making Query Requests",
 * "GetCallerIdentity".
 */
import { answerAssumeRole, answerAssumeRoleWithWebIdentity } from './assume-role.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import { readAction, readPair, readPairs, toQueryError } from './query-protocol.ts'
import type { AwsRequest } from './request.ts'
import type { Parameters } from './role-request.ts'
import { writeXml, type XmlElements } from './xml.ts'

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'
const VERSION = '2011-06-15'

/** Whether a request is meant for STS: S3 knows neither a POST to the root nor an `Action`. */
export function isStsRequest(request: AwsRequest): boolean {
  if (request.rawPath !== '/') return false
  return request.method === 'POST' || readPair(request, 'Action') !== undefined
}

/**
 * A list (`Tags.member.1.Key`) becomes one value per member, in the order of their numbers. AWS passes over parameters
 * that it does not know; here they are refused, since a client that sends one believes that it does something.
 */
function parseParameters(request: AwsRequest, known: readonly string[]): Parameters {
  const values = new Map<string, string>()
  const tags: [string, string][] = []
  const transitiveTagKeys: string[] = []
  for (const [name, value] of readPairs(request)) {
    const tag = /^Tags\.member\.(\d+)\.(Key|Value)$/.exec(name)
    const transitive = /^TransitiveTagKeys\.member\.(\d+)$/.exec(name)
    const field = tag ? 'Tags' : transitive ? 'TransitiveTagKeys' : name
    if (/^(Action|Version|X-Amz-.*)$/.test(name)) continue
    if (!known.includes(field))
      throw new AwsError(
        'ValidationError',
        `The strict AWS knows no parameter ${name} of this action.`,
      )
    if (tag) {
      const index = Number(tag[1]) - 1
      const [key, text] = tags[index] ?? ['', '']
      tags[index] = tag[2] === 'Key' ? [value, text] : [key, value]
    } else if (transitive) transitiveTagKeys[Number(transitive[1]) - 1] = value
    else values.set(`${name.charAt(0).toLowerCase()}${name.slice(1)}`, value)
  }
  return {
    values,
    tags: tags.filter(Boolean),
    transitiveTagKeys: transitiveTagKeys.filter(Boolean),
  }
}

interface Action {
  readonly parameters: readonly string[]
  answer(call: Call, parameters: Parameters): XmlElements | Promise<XmlElements>
}

/** "No permissions are required to perform this operation", not even where a policy denies it. */
function answerGetCallerIdentity(call: Call): XmlElements {
  const { arn, principalId, role } = authenticate(call, 'sts')
  return { Arn: arn, UserId: principalId, Account: role.accountId }
}

const ACTIONS: Readonly<Record<string, Action>> = {
  AssumeRole: {
    parameters: [
      'RoleArn',
      'RoleSessionName',
      'DurationSeconds',
      'ExternalId',
      'Policy',
      'SourceIdentity',
      'Tags',
      'TransitiveTagKeys',
    ],
    answer: answerAssumeRole,
  },
  AssumeRoleWithWebIdentity: {
    parameters: ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'WebIdentityToken', 'Policy'],
    answer: answerAssumeRoleWithWebIdentity,
  },
  GetCallerIdentity: { parameters: [], answer: answerGetCallerIdentity },
}

/**
 * "Accept: application/json" gives JSON of the same names; no page of the STS API Reference says so, but
 * aws-iam-authenticator, which EKS authenticates with, asks for it and reads it (`pkg/token/token.go`).
 */
function toAnswer(status: number, [root, content]: [string, XmlElements], call: Call): Answer {
  const isJson = call.request.headers.get('accept') === 'application/json'
  return {
    status,
    headers: {
      'content-type': isJson ? 'application/json' : 'text/xml',
      'x-amzn-requestid': call.requestId,
    },
    body: isJson
      ? JSON.stringify(root === 'ErrorResponse' ? content : { [root]: content })
      : writeXml(root, NAMESPACE, content),
  }
}

async function answer(call: Call): Promise<Answer> {
  const { operation, request, requestId } = call
  const action = Object.hasOwn(ACTIONS, operation) ? ACTIONS[operation] : undefined
  const version = readPair(request, 'Version')
  if (action === undefined || version !== VERSION)
    throw new AwsError(
      'InvalidAction',
      `Could not find operation ${operation} for version ${version ?? 'NO_VERSION_SPECIFIED'}`,
    )
  const result = await action.answer(call, parseParameters(request, action.parameters))
  const content = {
    [`${operation}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  }
  return toAnswer(200, [`${operation}Response`, content], call)
}

/** STS as a service of the one port. */
export const sts: Service = {
  eventSource: 'sts.amazonaws.com',
  readOperation: readAction,
  answer,
  throttled: (retryAfterSeconds) =>
    new AwsError('Throttling', 'Rate exceeded', { retryAfterSeconds }),
  toErrorAnswer(thrown, call) {
    const { error, content } = toQueryError(thrown, call)
    const plain = toAnswer(error.status, ['ErrorResponse', content], call)
    const headers = { ...plain.headers, ...error.headers }
    return { answer: { ...plain, headers }, code: error.code, message: error.message }
  },
}
