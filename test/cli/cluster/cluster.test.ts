/** The way to the cluster: as kubectl finds it, and what its answers become. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openCluster, RefusedError } from '../../../cli/cluster/cluster.ts'
import { exitCodeOf, EXIT } from '../../../cli/output/exit-codes.ts'
import { startKubernetes } from '../../../stand-ins/kubernetes/api.ts'
import { surroundingsOf } from '../run.ts'

const ACCOUNTS = '/api/v1/serviceaccounts'

async function start(context: TestContext, count = 2) {
  const serviceAccounts = Array.from({ length: count }, (_, index) => ({
    namespace: 'team-a',
    name: `account-${String(index).padStart(4, '0')}`,
  }))
  const kubernetes = await startKubernetes({ serviceAccounts })
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-cluster-room-'))
  const kubeconfig = kubernetes.writeKubeconfig(join(folder, 'config'))
  const open = (choice: object, environment: Record<string, string> = {}) => {
    const cluster = openCluster(choice, surroundingsOf({ environment }))
    context.after(cluster.close)
    return cluster
  }
  context.after(async () => {
    rmSync(folder, { recursive: true })
    await kubernetes.stop()
  })
  return { kubernetes, kubeconfig, folder, open }
}

describe('the cluster that is meant', () => {
  it('is that of --kubeconfig, of KUBECONFIG, or of several files of it', async (context) => {
    const { kubeconfig, folder, open } = await start(context)
    const other = join(folder, 'other')
    writeFileSync(other, 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n')
    for (const cluster of [
      open({ kubeconfig }, { KUBECONFIG: '/nowhere' }),
      open({}, { KUBECONFIG: kubeconfig }),
      open({}, { KUBECONFIG: `${kubeconfig}:${other}` }),
      open({ kubeconfig, context: 'double' }),
    ]) {
      assert.equal((await cluster.list(ACCOUNTS)).length, 2)
    }
  })

  it('is told by a sentence where it cannot be found', async (context) => {
    const { kubeconfig, folder, open } = await start(context)
    const damaged = join(folder, 'damaged')
    writeFileSync(damaged, 'users: [{name: a, user: {token: hidden-token')
    for (const [choice, says] of [
      [{ kubeconfig, context: 'prod' }, /has no context prod; it has double\./],
      [{ kubeconfig: join(folder, 'none') }, /none cannot be used: ENOENT; name another\./],
      [{ kubeconfig: damaged }, /damaged cannot be used: it is no kubeconfig; name another\./],
    ] as const) {
      assert.throws(
        () => open(choice),
        (error: Error) => {
          assert.match(error.message, says)
          assert.doesNotMatch(error.message, /hidden-token/)
          return exitCodeOf(error) === EXIT.usedWrongly
        },
      )
    }
  })

  it('that does not answer ends the command with 3', async (context) => {
    const { kubernetes, kubeconfig, open } = await start(context)
    const cluster = open({ kubeconfig })
    await kubernetes.stop()
    await assert.rejects(cluster.list(ACCOUNTS), (error) => exitCodeOf(error) === EXIT.unreachable)
  })
})

describe('what the API server answers', () => {
  it('is a whole list, however many pages it has', async (context) => {
    const { kubernetes, kubeconfig, open } = await start(context, 1203)
    assert.equal((await open({ kubeconfig }).list(ACCOUNTS)).length, 1203)
    assert.equal(kubernetes.requests.filter(({ kind }) => kind === 'list').length, 3)
  })

  it('is null for what is not there, and an error with its status for a refusal', async (context) => {
    const { kubernetes, kubeconfig, open } = await start(context)
    const cluster = open({ kubeconfig })
    assert.equal(await cluster.read('/api/v1/namespaces/team-a/serviceaccounts/none'), null)
    kubernetes.break('list', { kind: 'status', code: 403 })
    await assert.rejects(
      cluster.list(ACCOUNTS),
      (error) => error instanceof RefusedError && error.status === 403,
    )
  })
})
