/** The reader's kubeconfig: both clusters' administrators, as the contexts that the pages name. */
import { readFile, writeFile } from 'node:fs/promises'
import { parse, stringify } from 'yaml'

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: object }[]
  readonly users: readonly { readonly user: object }[]
}

/** Writes a kubeconfig with one context a file. */
export async function mergeKubeconfigs(
  files: Readonly<Record<string, string>>,
  into: string,
): Promise<void> {
  const read = await Promise.all(
    Object.entries(files).map(async ([name, file]) => {
      const { clusters, users } = parse(await readFile(file, 'utf8')) as Kubeconfig
      return { name, cluster: clusters[0]?.cluster, user: users[0]?.user }
    }),
  )
  const merged = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: read.map(({ name, cluster }) => ({ name, cluster })),
    users: read.map(({ name, user }) => ({ name, user })),
    contexts: read.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
  }
  await writeFile(into, stringify(merged))
}
