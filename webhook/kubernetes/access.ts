/** Which way leads to the API server: a kubeconfig where the flags name one, else what the cluster gives to pods. */
import type { FlagValues } from '../command-line/flags.ts'
import { accessFromPod, type ClusterAccess } from './cluster-access.ts'

/** Throws a sentence where there is no way. */
export async function readAccess(
  { kubeconfig, 'kube-api': server }: Pick<FlagValues, 'kubeconfig' | 'kube-api'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ClusterAccess> {
  if (kubeconfig !== '') {
    const { accessFromKubeconfig } = await import('./kubeconfig.ts')
    return accessFromKubeconfig(kubeconfig, server)
  }
  const access = accessFromPod({
    host: environment['KUBERNETES_SERVICE_HOST'],
    port: environment['KUBERNETES_SERVICE_PORT'],
  })
  return server === '' ? access : { ...access, server: server.replace(/\/+$/, '') }
}
