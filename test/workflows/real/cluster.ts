/** The reader's cluster, by kubectl and helm: its issuer, whether rolechain is there, and the run's namespaces. */
import { run } from '../../cluster/command.ts'
import { CONFIGURATION, RELEASE } from '../../cluster/installation.ts'

/** What a run does in the cluster besides the commands of the pages. */
export interface ReaderCluster {
  readIssuer(): Promise<string>
  /** For the report. */
  readVersions(): Promise<Readonly<Record<string, string>>>
  isInstalled(): Promise<boolean>
  /** Into a namespace of its own. */
  install(valuesFile: string, namespace: string): Promise<void>
  uninstall(namespace: string): Promise<void>
  deleteNamespaces(names: readonly string[]): Promise<void>
}

/** The host of a cluster's default, which AWS cannot ask for keys. */
const INSIDE = /^https:\/\/(?:localhost|[^/:]+\.(?:svc|local|internal))(?:[/:]|$)/

/** The issuer of a cluster, where AWS may be able to reach it. */
export function toPublicIssuer(issuer: unknown, context: string): string {
  if (typeof issuer !== 'string' || !issuer.startsWith('https://'))
    throw new Error(
      `The cluster ${context} has the issuer ${String(issuer)}, which is no https URL.`,
    )
  if (INSIDE.test(issuer))
    throw new Error(
      `The cluster ${context} has the issuer ${issuer}, which only the cluster can reach. AWS has to: set the API server's --service-account-issuer to a public URL that serves the discovery document and the keys.`,
    )
  return issuer
}

/** In a group of its own: a second Ctrl+C does not reach what deletes. */
const ALONE = { signal: new AbortController().signal }

/** The cluster of a context of the kubeconfig. */
export function openCluster(context: string): ReaderCluster {
  const kubectl = (...words: string[]) => run(['kubectl', '--context', context, ...words])
  const helm = (...words: string[]) => run(['helm', '--kube-context', context, ...words])
  return {
    async readIssuer() {
      const text = await kubectl('get', '--raw', '/.well-known/openid-configuration')
      return toPublicIssuer((JSON.parse(text) as { issuer?: unknown }).issuer, context)
    },
    async readVersions() {
      const version = JSON.parse(await kubectl('version', '--output=json')) as {
        readonly serverVersion?: { readonly gitVersion?: string }
        readonly clientVersion?: { readonly gitVersion?: string }
      }
      const path = 'jsonpath={.items[*].status.nodeInfo.kubeletVersion}'
      const kubelets = await kubectl('get', 'nodes', '--output', path)
      return {
        Kubernetes: version.serverVersion?.gitVersion ?? 'unknown',
        kubelets: [...new Set(kubelets.split(' '))].join(', '),
        kubectl: version.clientVersion?.gitVersion ?? 'unknown',
      }
    },
    async isInstalled() {
      const kind = 'mutatingwebhookconfigurations'
      const found = await kubectl('get', kind, CONFIGURATION, '--ignore-not-found', '-o', 'name')
      return found.trim() !== ''
    },
    async install(valuesFile, namespace) {
      const options = ['--namespace', namespace, '--create-namespace', '--values', valuesFile]
      await helm('install', RELEASE, 'charts/rolechain', ...options, '--wait', '--timeout=180s')
    },
    async uninstall(namespace) {
      const options = ['--namespace', namespace, '--ignore-not-found', '--wait']
      await run(['helm', '--kube-context', context, 'uninstall', RELEASE, ...options], ALONE)
    },
    async deleteNamespaces(names) {
      // Programs that pass over SIGTERM would have half a minute each.
      for (const name of names) {
        const pods = ['delete', 'pods', '--all', '--now', '--namespace', name]
        await run(['kubectl', '--context', context, ...pods], ALONE)
      }
      const options = ['--ignore-not-found', '--timeout=180s']
      await run(
        ['kubectl', '--context', context, 'delete', 'namespace', ...options, ...names],
        ALONE,
      )
    },
  }
}
