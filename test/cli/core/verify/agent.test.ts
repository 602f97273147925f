/**
 * A chain that begins with EKS Pod Identity, over the whole way: EKS's agent on a node asks EKS Auth, and the sidecar
 * goes on from there. Where they stop, verifying finds it.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { toAccountDocuments } from '../../../../cli/core/policy/documents.ts'
import type { Step } from '../../../../cli/core/policy/steps.ts'
import { joinDumps, readDump } from '../../../../cli/core/verify/dumps.ts'
import { verifyChain } from '../../../../cli/core/verify/verify.ts'
import type { Hop } from '../../../../sidecar/contract.ts'
import type { Report } from '../../../../sidecar/core/chain/job.ts'
import { createSts } from '../../../../sidecar/io/sts/sts.ts'
import { walkChains } from '../../../../sidecar/io/sts/walk.ts'
import { startPodIdentityAgent } from '../../../../stand-ins/pod-identity-agent/agent.ts'
import { startStage } from '../../../stand-ins/aws/stage.ts'
import { toPolicy } from '../../../stand-ins/aws/world.ts'
import { BASE, beginningOf, ISSUER, POD, READER, stepsOf } from '../chains.ts'
import { toConfiguration, toDumps, toPlain, type Account } from './spoiled-accounts.ts'

const folder = mkdtempSync(join(tmpdir(), 'rolechain-agent-'))
after(() => rmSync(folder, { recursive: true }))

const SPOKE = 'arn:aws:iam::333333333333:role/spoke'
const CHAIN: readonly Hop[] = [
  { roleArn: READER, externalId: 'team-a' },
  { roleArn: SPOKE, sessionTags: [{ key: 'team', value: '{namespace}' }] },
]
const CLUSTER = 'arn:aws:eks:eu-west-1:111111111111:cluster/kit'
const NODE = 'arn:aws:iam::111111111111:role/node'

interface World {
  readonly awsAccounts: Readonly<Record<string, { readonly roles: object }>>
}

/** With the cluster, its association and its node. */
function withCluster({ awsAccounts }: World, disableSessionTags: boolean): unknown {
  const node = {
    trustPolicy: toPolicy({
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
    permissionPolicies: [
      toPolicy({ Effect: 'Allow', Action: 'eks-auth:AssumeRoleForPodIdentity', Resource: '*' }),
    ],
  }
  const association = {
    namespace: 'reports',
    serviceAccount: 'reporter',
    roleArn: BASE,
    disableSessionTags,
  }
  const kit = { region: 'eu-west-1', oidcIssuer: ISSUER, podIdentityAssociations: [association] }
  const own = awsAccounts['111111111111']
  return {
    awsAccounts: {
      ...awsAccounts,
      '111111111111': { ...own, roles: { ...own?.roles, node }, eksClusters: { kit } },
    },
  }
}

/** The hop at which agent and sidecar stop, or undefined where they get to the end. */
async function walk(accounts: readonly Account[], hasTags: boolean): Promise<number | undefined> {
  const stage = await startStage(withCluster(toConfiguration(accounts) as World, !hasTags))
  const agent = await startPodIdentityAgent({
    awsUrl: stage.aws.url,
    clusterArn: CLUSTER,
    nodeRoleArn: NODE,
  })
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, await stage.mint({ audience: 'pods.eks.amazonaws.com', pod: POD }))
  const settings = {
    endpoint: stage.aws.url,
    allowsHttp: true,
    usesFips: false,
    usesDualstack: false,
  }
  const sts = createSts(settings)
  const reports: Report[] = []
  const podIdentity = { agentUrl: agent.url, tokenFile }
  const placeholders = { '{namespace}': 'reports', '{pod}': POD.name }
  await walkChains(
    {
      context: { podIdentity, sessionName: 'reports.pod', placeholders },
      sts: settings,
      stsTokenFile: '',
      targets: { it: { chain: CHAIN } },
      baseSessions: {},
    },
    sts,
    { report: (one) => reports.push(one), signal: AbortSignal.timeout(20_000) },
  )
  sts.close()
  await agent.stop()
  await stage.stop()
  const last = reports.at(-1)
  assert.ok(last)
  return last.kind === 'failure' ? last.failure.hop : undefined
}

function verify(steps: readonly Step[], accounts: readonly Account[]): number | undefined {
  const documents = joinDumps(toDumps(accounts).flatMap((value) => readDump(value) ?? []))
  return verifyChain(steps, documents).hops.find(({ outcome }) => outcome !== 'allowed')?.hop
}

/** Takes an action, or a whole statement, out of the trust policy of a role. */
function without(accounts: Account[], arn: string, action: string): void {
  for (const role of accounts.flatMap(({ roles }) => roles).filter((one) => one.arn === arn))
    role.trust.Statement = role.trust.Statement.flatMap((one) => {
      const left = [(one as { Action: string | string[] }).Action]
        .flat()
        .filter((other) => other !== action)
      return left.length === 0 ? [] : [{ ...one, Action: left }]
    })
}

const CASES: Readonly<
  Record<string, readonly [change: (accounts: Account[]) => void, stopsAt: number | undefined]>
> = {
  'get to the end by what policy writes': [() => undefined, undefined],
  'stop at EKS where its role takes no tags': [(all) => without(all, BASE, 'sts:TagSession'), 0],
  'stop at EKS where its role does not trust it': [
    (all) => without(all, BASE, 'sts:AssumeRole'),
    0,
  ],
  'stop at EKS where its role is of another cluster': [
    (all) => {
      const text = JSON.stringify(all).replaceAll(':cluster/kit', ':cluster/other')
      all.splice(0, all.length, ...(JSON.parse(text) as Account[]))
    },
    0,
  ],
  'stop at the first role that takes no tags': [(all) => without(all, READER, 'sts:TagSession'), 1],
  'stop at a later role that takes no tags': [(all) => without(all, SPOKE, 'sts:TagSession'), 2],
}

for (const hasTags of [true, false])
  for (const [name, [change, stopsAt]] of Object.entries(CASES)) {
    // The tag of its own is on the last hop only.
    const isOfTags = stopsAt !== 2 && name.endsWith('no tags')
    if (!hasTags && isOfTags) continue
    test(`agent and sidecar ${name}${hasTags ? '' : ', without the tags of EKS'}`, async () => {
      const hops = [{ roleArn: BASE }, ...CHAIN]
      const steps = stepsOf(hops, beginningOf(hasTags ? 'EKS' : 'EKS without tags', hops))
      const accounts = toPlain(toAccountDocuments([steps]))
      change(accounts)
      assert.equal(verify(steps, accounts), stopsAt)
      assert.equal(await walk(accounts, hasTags), stopsAt)
    })
  }
