/** The API server by plain HTTP, with the rights of kubectl: for many requests in a short time. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Proxy {
  readonly url: string
  readonly stop: () => void
}

/** Resolves when it listens. */
export async function startProxy(): Promise<Proxy> {
  const child = spawn('kubectl', ['proxy', '--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (address !== undefined) return { url: `http://${address}`, stop: () => child.kill() }
  }
  throw new Error('kubectl proxy ended before it listened.')
}

/** What the API server makes of an object without keeping it, or why it does not. */
export type Made =
  { readonly made: Readonly<Record<string, unknown>> } | { readonly refusal: string }

export async function dryRun(
  { url }: Proxy,
  { namespace, resource }: { readonly namespace: string; readonly resource: string },
  object: object,
): Promise<Made> {
  const answer = await fetch(`${url}/api/v1/namespaces/${namespace}/${resource}?dryRun=All`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(object),
  })
  const body = (await answer.json()) as Readonly<Record<string, unknown>>
  return answer.ok ? { made: body } : { refusal: String(body['message']) }
}

/** What the API server says against the object, or an empty text when it would make it. */
export async function tryToMake(...asked: Parameters<typeof dryRun>): Promise<string> {
  const outcome = await dryRun(...asked)
  return 'refusal' in outcome ? outcome.refusal : ''
}
