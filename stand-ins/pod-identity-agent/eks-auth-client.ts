/** The agent's calls: its node's session from instance metadata, and AssumeRoleForPodIdentity signed with it. */
import { STSClient } from '@aws-sdk/client-sts'
import type { HttpRequest } from '@smithy/types'
import { z } from 'zod'

/** What the agent answers in place of credentials. */
export class AgentError extends Error {
  override readonly name = 'AgentError'
  readonly status: number
  /** The code of EKS Auth, where that refused. */
  readonly code: string | undefined
  constructor(status: number, message: string, code?: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** A pod's session in the agent's words. */
export interface PodCredentials {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly Token: string
  readonly AccountId: string
  readonly expiresAtMs: number
}

const nodeSession = z.object({
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  Token: z.string(),
  Expiration: z.iso.datetime(),
})

const assumed = z.object({
  assumedRoleUser: z.object({ arn: z.string() }),
  credentials: z.object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    sessionToken: z.string(),
    expiration: z.number(),
  }),
})

interface EksAuthOptions {
  readonly awsUrl: string
  readonly clusterArn: string
  readonly nodeRoleArn: string
  readonly now: () => number
}

/** EKS Auth as the agent calls it. */
export interface EksAuth {
  assumeRole(token: string): Promise<PodCredentials>
  stop(): void
}

/** Sessions of a node are renewed well before they end. */
const NODE_SESSION_MARGIN = 0.5

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new AgentError(
      500,
      `unable to fetch credentials from EKS Auth: operation error EKS Auth: AssumeRoleForPodIdentity, ${String(error)}`,
    )
  }
}

async function toRefusal(answer: Response): Promise<AgentError> {
  const code = answer.headers.get('x-amzn-errortype') ?? 'UnknownError'
  const body = (await answer.json().catch(() => ({}))) as { message?: string }
  const fault = answer.status < 500 ? 'client' : 'server'
  const requestId = answer.headers.get('x-amzn-requestid') ?? ''
  return new AgentError(
    answer.status,
    `[${requestId}]: (${code}): ${body.message ?? ''}, fault: ${fault}`,
    code,
  )
}

/** A client with the node's session. */
export function createEksAuth({ awsUrl, clusterArn, nodeRoleArn, now }: EksAuthOptions): EksAuth {
  const [region = '', clusterName = ''] = [clusterArn.split(':')[3], clusterArn.split('/')[1]]
  let node:
    { readonly session: z.infer<typeof nodeSession>; readonly renewAtMs: number } | undefined

  async function findNodeSession(): Promise<z.infer<typeof nodeSession>> {
    if (node !== undefined && now() < node.renewAtMs) return node.session
    const answer = await send(`${awsUrl}/_/node-sessions/${nodeRoleArn}`, { method: 'POST' })
    if (!answer.ok) throw new AgentError(500, `no EC2 IMDS role found: ${await answer.text()}`)
    const session = nodeSession.parse(await answer.json())
    const lifeMs = Date.parse(session.Expiration) - now()
    node = { session, renewAtMs: now() + lifeMs * NODE_SESSION_MARGIN }
    return session
  }

  /** By the signer of the SDK. */
  async function sign(request: HttpRequest): Promise<HttpRequest> {
    const { AccessKeyId, SecretAccessKey, Token } = await findNodeSession()
    const client = new STSClient({
      region,
      credentials: {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: Token,
      },
    })
    const scheme = {
      name: 'sigv4',
      signingName: 'eks-auth',
      signingRegion: region,
      properties: {},
    }
    const signer = await client.config.signer(scheme)
    const signed = await signer.sign(request, { signingDate: new Date(now()) })
    client.destroy()
    return signed
  }

  const stopping = new AbortController()
  return {
    async assumeRole(token) {
      const { host, hostname, port } = new URL(awsUrl)
      const path = `/clusters/${clusterName}/assume-role-for-pod-identity`
      const body = JSON.stringify({ token })
      const { headers } = await sign({
        protocol: 'http:',
        method: 'POST',
        hostname,
        port: Number(port),
        path,
        query: {},
        headers: { host, 'content-type': 'application/json' },
        body,
      })
      const signal = stopping.signal
      const answer = await send(`${awsUrl}${path}`, { method: 'POST', headers, body, signal })
      if (!answer.ok) throw await toRefusal(answer)
      const { credentials, assumedRoleUser } = assumed.parse(await answer.json())
      return {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        Token: credentials.sessionToken,
        AccountId: assumedRoleUser.arn.split(':')[4] ?? '',
        expiresAtMs: credentials.expiration * 1000,
      }
    },
    stop() {
      stopping.abort()
    },
  }
}
