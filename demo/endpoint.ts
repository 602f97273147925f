/** Looks at a running container from inside, as `kubectl exec` would: its endpoint, and the tokens within its reach. */
import { readdir, readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { decodeJwt } from 'jose'
import { z } from 'zod'
import {
  credentialsPath,
  endpointTokenFolder,
  TOKEN_FILE as TOKEN_NAME,
} from '../sidecar/contract.ts'

type Environment = Readonly<Record<string, string>>

const CREDENTIALS_URL = 'AWS_CONTAINER_CREDENTIALS_FULL_URI'
const TOKEN_FILE = 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'

/** A target's endpoint as the two variables of a container that has the target as its default. */
export function toEndpointOf(
  target: string,
  { root, port }: { readonly root: string; readonly port: number },
): Environment {
  return {
    [CREDENTIALS_URL]: `http://127.0.0.1:${port}${credentialsPath(target)}`,
    [TOKEN_FILE]: join(root, endpointTokenFolder(target), TOKEN_NAME),
  }
}

/** Whether a container was given a target. */
export function usesEndpoint(environment: Environment): boolean {
  return environment[CREDENTIALS_URL] !== undefined
}

/** The name of the target whose credentials a container is served. */
export function readTarget(environment: Environment): string {
  return environment[CREDENTIALS_URL]?.split('/').at(-1) ?? ''
}

/** The endpoint token that the container has at this moment. */
export function readEndpointToken(environment: Environment): Promise<string> {
  return readFile(environment[TOKEN_FILE] ?? '', 'utf8')
}

export interface EndpointAnswer {
  readonly status: number
  readonly body: string
}

/** Asks the endpoint that a container's env names; without `token`, as every other process on the loopback would. */
export function askEndpoint(environment: Environment, token?: string): Promise<EndpointAnswer> {
  return new Promise((resolve, reject) => {
    get(
      environment[CREDENTIALS_URL] ?? '',
      { agent: false, ...(token !== undefined && { headers: { authorization: token } }) },
      (response) => {
        const status = response.statusCode ?? 0
        text(response).then((body) => resolve({ status, body }), reject)
      },
    ).on('error', reject)
  })
}

const credentials = z.looseObject({ AccessKeyId: z.string(), Expiration: z.iso.datetime() })

export interface ServedCredentials {
  readonly accessKeyId: string
  readonly expiresAtMs: number
}

/** The credentials that a container is served now, or nothing where it is served none. */
export async function fetchCredentials(
  environment: Environment,
): Promise<ServedCredentials | undefined> {
  const { status, body } = await askEndpoint(
    environment,
    await readEndpointToken(environment),
  ).catch(() => ({ status: 0, body: '' }))
  if (status !== 200) return undefined
  const { AccessKeyId, Expiration } = credentials.parse(JSON.parse(body))
  return { accessKeyId: AccessKeyId, expiresAtMs: Date.parse(Expiration) }
}

/** A token that a container can read. */
export interface VisibleToken {
  /** As the container sees it. */
  readonly path: string
  readonly audiences: readonly string[]
}

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/u

/** Every token among the files below `root`, the folder that is `/` to a container. */
export async function findTokens(root: string, below = '/'): Promise<VisibleToken[]> {
  const folder = join(root, below)
  const found: VisibleToken[] = []
  for (const name of await readdir(folder)) {
    // The kubelet's own versions of what stands beside them.
    if (name.startsWith('..')) continue
    const path = join(below, name)
    const content = await readFile(join(root, path), 'utf8').catch(() => undefined)
    if (content === undefined) found.push(...(await findTokens(root, path)))
    else if (JWT.test(content))
      found.push({ path, audiences: [decodeJwt(content).aud ?? []].flat() })
  }
  return found
}
