/**
 * The cluster that the suite runs on: the one of KUBECONFIG, or one that the kit starts for the run. The kit's folder
 * is `CLUSTER_KIT`, or `../shared/cluster` beside the project.
 */
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from './command.ts'

export interface Cluster {
  /** For kubectl, helm and all that the suite starts. */
  readonly env: Readonly<Record<string, string>>
  /** The address at which pods reach this machine. */
  readonly hostIp: string
  loadImage(archive: string): Promise<void>
  /** Takes a cluster of the kit down; leaves any other alone. */
  close(): Promise<void>
}

const HOW_TO_START = `There is no cluster to run on. Either
  - have the kit beside the project, or name its folder: CLUSTER_KIT=…/cluster npm run test:cluster
  - or bring your own, and say how it gets images and where its pods reach this machine, for example with kind:
    KUBECONFIG=~/.kube/config CLUSTER_LOAD_IMAGE='kind load image-archive' CLUSTER_HOST_IP=172.18.0.1 npm run test:cluster
    Scenarios that restart the API server, the kubelet or the node say which variables they need besides.
`

function openGivenCluster(kubeconfig: string): Cluster {
  const { CLUSTER_LOAD_IMAGE: loader, CLUSTER_HOST_IP: hostIp } = process.env
  if (loader === undefined || hostIp === undefined)
    throw new Error(
      `KUBECONFIG is set; CLUSTER_LOAD_IMAGE and CLUSTER_HOST_IP are needed with it.\n${HOW_TO_START}`,
    )
  return {
    env: { KUBECONFIG: kubeconfig },
    hostIp,
    loadImage: async (archive) => {
      await run([...loader.split(/\s+/), archive])
    },
    close: async () => undefined,
  }
}

/** The variables of the kit's `env` file. */
async function readEnvironment(folder: string): Promise<Record<string, string>> {
  const names = ['KUBECONFIG', 'PATH', 'CLUSTER_HOST_IP', 'CLUSTER_DIR']
  const script = `. "$1/env"; ${names.map((name) => `printf '%s\\0' "$${name}"`).join('; ')}`
  const values = (await run(['bash', '-c', script, 'bash', folder])).split('\0')
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
}

async function openKit(kit: string, parameters: readonly string[]): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-cluster-'))
  const close = async () => {
    await run([join(kit, 'down'), '--dir', folder])
  }
  try {
    const up = [join(kit, 'up'), '--nodes', '1', '--dir', folder, ...parameters]
    await run(up, { isVerbose: true })
    const restart = `${join(import.meta.dirname, 'kit-restart')} ${kit} ${folder}`
    const env: Record<string, string> = {
      ...(await readEnvironment(folder)),
      CLUSTER_RESTART_API_SERVER: `${restart} kube-apiserver`,
      CLUSTER_RESTART_KUBELET: `${restart} kubelet`,
      CLUSTER_RESTART_NODE: `${restart} node`,
    }
    return {
      env,
      hostIp: env['CLUSTER_HOST_IP'] ?? '',
      loadImage: async (archive) => {
        await run([join(kit, 'load-image'), '--dir', folder, archive])
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The kit's folder; throws with how to start a cluster when there is none. */
export function findKit(): string {
  const { CLUSTER_KIT: kit = resolve('../shared/cluster') } = process.env
  if (!existsSync(join(kit, 'up'))) throw new Error(HOW_TO_START)
  return kit
}

/** Starts a cluster of the kit with a node; `parameters` are more of `up`. */
export async function startKitCluster(parameters: readonly string[]): Promise<Cluster> {
  return openKit(findKit(), parameters)
}

/** Opens the cluster; throws with how to start one when there is none. */
export async function openCluster(): Promise<Cluster> {
  const { KUBECONFIG: kubeconfig } = process.env
  return kubeconfig === undefined ? startKitCluster([]) : openGivenCluster(kubeconfig)
}
