/** Makes what a run needs. What is to be deleted is noted before it is made, so that nothing is forgotten. */
import { emptyBucket, fillBucket, hasProvider } from './account.ts'
import type { ReaderCluster } from './cluster.ts'
import type { Run } from './facts.ts'
import type { Side } from './plan.ts'
import { createStack, deleteStack } from './stacks.ts'
import type { Undo } from './undo.ts'

/** The stack of one AWS account, with objects in its buckets. */
export async function makeAccount(run: Run, side: Side): Promise<void> {
  const { facts, made, options, pace, say, signal, id } = run
  const account = facts.accounts[side]
  const { buckets, needsProvider, toTemplate } = facts.plan.accounts[side]
  const isNew = needsProvider && !(await hasProvider(account, facts.real.issuer))
  const template = toTemplate(isNew)
  signal.throwIfAborted()
  if (template === undefined) return
  const name = `rolechain-try-${id}`
  const place = { client: account.cloudFormation, pace }
  const flags = `--profile ${account.profile} --region ${options.region}`
  const names = buckets.map((bucket) => bucket.name)
  const withBuckets = names.length === 0 ? '' : `, with the buckets ${names.join(', ')}`
  say(`Making the stack ${name} (AWS profile ${account.profile})${withBuckets}.`)
  made.push({
    what: `the stack ${name} (AWS profile ${account.profile})`,
    byHand: `aws cloudformation delete-stack ${flags} --stack-name ${name}`,
    undo: () => deleteStack(place, name),
  })
  for (const bucket of buckets)
    made.push({
      what: `the objects of the bucket ${bucket.name}`,
      byHand: `aws s3 rm ${flags} --recursive s3://${bucket.name}`,
      undo: () => emptyBucket(account, bucket.name),
    })
  await createStack(place, { name, template, tags: { 'rolechain-try': id } }, signal)
  for (const bucket of buckets) await fillBucket(account, bucket.name, bucket.objects)
}

/** Without a file of values the chart has to be there; with one it must not be, since a cluster takes one only. */
export async function makeInstallation({ cluster, options, facts, made, say }: Run): Promise<void> {
  const { values, context } = options
  const isInstalled = await cluster.isInstalled()
  if (values === undefined && !isInstalled)
    throw new Error(
      `rolechain is not installed in the cluster ${context}: install the chart, or give its values (--values FILE) and the run installs it for its time.`,
    )
  if (values === undefined) return
  if (isInstalled)
    throw new Error(`rolechain is installed in the cluster ${context}: leave --values out.`)
  const namespace = `${facts.real.prefix}system`
  say(`Installing the chart into the namespace ${namespace}.`)
  made.push(undoNamespaces(context, [namespace], cluster), {
    what: `the chart in ${namespace}`,
    byHand: `helm uninstall rolechain --kube-context ${context} --namespace ${namespace}`,
    undo: () => cluster.uninstall(namespace),
  })
  await cluster.install(values, namespace)
}

/** Deletes namespaces. */
export function undoNamespaces(
  context: string,
  names: readonly string[],
  cluster: ReaderCluster,
): Undo {
  return {
    what: `the namespaces ${names.join(', ')}`,
    byHand: `kubectl --context ${context} delete namespace ${names.join(' ')}`,
    undo: () => cluster.deleteNamespaces(names),
  }
}
