/**
 * The AWS account and partition of the cluster, as instance metadata (IMDSv2) tells them. Loaded only where
 * --compose-role-arn asks for it.
 *
 * Not by `@aws-sdk/ec2-metadata-service`: it asks although AWS_EC2_METADATA_DISABLED is `true`; where the token is
 * refused or late it goes on without one (IMDSv1) or, told not to, says on the next try only that it has none, and no
 * more why; it has no timeout by itself, no bound on the answer, and tries again after seconds where a node answers at
 * once or not at all. It is 25 KB of a bundle, these two requests are 3.
 */
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { partitionOf } from '../../sidecar/contract.ts'
import type { AwsAccount } from '../core/formats/role-arn.ts'
import { toSentence } from '../../log/error-text.ts'

/** Variables that lead AWS SDKs to instance metadata at another address. */
export interface MetadataEnvironment {
  readonly AWS_EC2_METADATA_SERVICE_ENDPOINT?: string | undefined
  readonly AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE?: string | undefined
  readonly AWS_EC2_METADATA_DISABLED?: string | undefined
}

export interface MetadataLimits {
  /** For each request: it is answered within the machine, or not at all. */
  readonly timeoutMs: number
  readonly attempts: number
}

const standardLimits: MetadataLimits = { timeoutMs: 1000, attempts: 3 }

/** The token is used once; a minute is the least that is sure to last. */
const tokenSeconds = 60
const answerLimitBytes = 64 * 1024

/** Throws a sentence with the way out when there is no answer that says so. */
export async function fetchAwsAccount(
  environment: MetadataEnvironment,
  { timeoutMs, attempts }: MetadataLimits = standardLimits,
): Promise<AwsAccount> {
  const endpoint = readEndpoint(environment)
  let failure: unknown
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      return toAwsAccount(await fetchDocument(endpoint, timeoutMs))
    } catch (error) {
      failure = error
    }
  }
  throw new Error(
    `--compose-role-arn needs the AWS account, and instance metadata at ${endpoint} did not tell it (${toSentence(failure)}). ` +
      'In a pod it answers only with a hop limit of 2 or hostNetwork; or set --aws-account-id and, where it is not aws, --aws-partition.',
  )
}

function readEndpoint(environment: MetadataEnvironment): string {
  if (environment.AWS_EC2_METADATA_DISABLED?.toLowerCase() === 'true') {
    throw new Error(
      '--compose-role-arn needs the AWS account, and AWS_EC2_METADATA_DISABLED keeps instance metadata from being asked: set --aws-account-id.',
    )
  }
  const given = environment.AWS_EC2_METADATA_SERVICE_ENDPOINT
  if (given !== undefined && given !== '') return given.replace(/\/+$/, '')
  const isIpv6 = environment.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE?.toLowerCase() === 'ipv6'
  return isIpv6 ? 'http://[fd00:ec2::254]' : 'http://169.254.169.254'
}

async function fetchDocument(endpoint: string, timeoutMs: number): Promise<string> {
  const token = await ask(`${endpoint}/latest/api/token`, {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(tokenSeconds) },
    timeoutMs,
  })
  return ask(`${endpoint}/latest/dynamic/instance-identity/document`, {
    method: 'GET',
    headers: { 'x-aws-ec2-metadata-token': token },
    timeoutMs,
  })
}

interface Question {
  readonly method: 'GET' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** The text of a 200 answer. */
async function ask(url: string, { method, headers, timeoutMs }: Question): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs)
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    // A PUT without body says so, or IMDS waits for one.
    const length = method === 'PUT' ? { 'content-length': '0' } : {}
    const sent = request(url, { method, headers: { ...headers, ...length }, signal }, resolve)
    sent.on('error', (error) => {
      reject(signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error)
    })
    sent.end()
  })
  let text = ''
  answer.setEncoding('utf8')
  for await (const chunk of answer as AsyncIterable<string>) {
    text += chunk
    if (text.length > answerLimitBytes) throw new Error('the answer is too large')
  }
  if (answer.statusCode === 200) return text
  throw new Error(`${method} ${new URL(url).pathname} was answered with ${answer.statusCode}`)
}

function toAwsAccount(document: string): AwsAccount {
  const { accountId, region } = JSON.parse(document) as { accountId?: unknown; region?: unknown }
  if (typeof accountId !== 'string' || !/^\d{12}$/.test(accountId)) {
    throw new Error('the identity document has no accountId of 12 digits')
  }
  if (typeof region !== 'string' || region === '') {
    throw new Error('the identity document has no region')
  }
  return { partition: partitionOf(region).name, id: accountId }
}
