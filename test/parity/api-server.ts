/** A real API server for the webhook: the kit beside the project starts it, without a node, and this asks it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { run } from '../cluster/command.ts'

export interface ApiAnswer {
  readonly code: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface ApiObject {
  readonly metadata: { readonly name: string; readonly [key: string]: unknown }
  readonly [key: string]: unknown
}

export interface ApiServer {
  readonly writeKubeconfig: (path: string) => string
  /** A body that is a text is JSON already. */
  send(method: string, path: string, body?: object | string): Promise<ApiAnswer>
  /** Makes an object, or replaces it. */
  apply(path: string, object: ApiObject): Promise<void>
  stop(): Promise<void>
}

/** Resolves when it answers; the kit's folder is `CLUSTER_KIT`, or `../shared/cluster` beside the project. */
export async function startApiServer(): Promise<ApiServer> {
  const { CLUSTER_KIT: kit = resolve('../shared/cluster') } = process.env
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-api-'))
  const down = async () => {
    await run([join(kit, 'down'), '--dir', folder])
  }
  try {
    const kubeconfig = (await run([join(kit, 'up'), '--nodes', '0', '--dir', folder])).trim()
    const proxy = await startProxy(join(folder, 'bin', 'kubectl'), kubeconfig)
    const send = (method: string, path: string, body?: object | string) =>
      ask(`${proxy.url}${path}`, method, body)
    return {
      writeKubeconfig: (path) => {
        copyFileSync(kubeconfig, path)
        return path
      },
      send,
      apply: async (path, object) => {
        const created = await send('POST', path, object)
        const answer =
          created.code === 409
            ? await send('PUT', `${path}/${object.metadata.name}`, object)
            : created
        assert.ok(answer.code < 300, JSON.stringify(answer.body))
      },
      stop: async () => {
        await proxy.stop()
        await down()
      },
    }
  } catch (error) {
    await down()
    throw error
  }
}

/** Has the credentials of the kubeconfig, so that requests need none. */
async function startProxy(
  kubectl: string,
  kubeconfig: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const child = spawn(kubectl, ['--kubeconfig', kubeconfig, 'proxy', '--port=0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = (await once(lines, 'line')) as [string]
  const [address = ''] = /[\d.]+:\d+/.exec(line) ?? []
  assert.notEqual(address, '', line)
  return {
    url: `http://${address}`,
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function ask(url: string, method: string, body?: object | string): Promise<ApiAnswer> {
  const content =
    body === undefined
      ? {}
      : {
          body: typeof body === 'string' ? body : JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }
  const answer = await fetch(url, { method, ...content })
  return { code: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
