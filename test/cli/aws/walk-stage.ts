/**
 * A cluster that gives tokens, the strict AWS that knows its issuer, and dumps of what AWS was when they were made. All
 * that AWS and the cluster give is written down on the way, so that it can be looked for where it must not be.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { toAccountDocuments } from '../../../cli/core/policy/documents.ts'
import type { Hop } from '../../../sidecar/contract.ts'
import { startKubernetes, type KubernetesDouble } from '../../../stand-ins/kubernetes/api.ts'
import type { ClusterObject } from '../../../stand-ins/kubernetes/cluster-object.ts'
import type { AskedToken } from '../../../stand-ins/kubernetes/token-request.ts'
import {
  createWholeCluster,
  type WholeClusterParts,
} from '../../../stand-ins/kubernetes/whole-cluster.ts'
import { startStage, type Stage } from '../../stand-ins/aws/stage.ts'
import { BASE, READER, stepsOf } from '../core/chains.ts'
import { toConfiguration, toDumps, toPlain, type Account } from '../core/verify/spoiled-accounts.ts'
import { runCommand, type Ended } from '../run.ts'

export const HOPS: readonly Hop[] = [
  { roleArn: BASE },
  { roleArn: READER, externalId: 'team-a', sessionTags: [{ key: 'team', value: 'a' }] },
]

const CHAIN = `-n reports --service-account reporter --base-role ${BASE} --target ${READER} --external-id team-a --session-tags team=a --issuer https://oidc.cluster.example`

export interface WalkStage {
  readonly stage: Stage
  readonly kubernetes: KubernetesDouble
  /** What may be asked of the cluster; tests change it. */
  readonly cluster: { isForbidden?: (path: string) => boolean }
  /** Every token that was asked for. */
  readonly asked: readonly (AskedToken & { readonly audiences: readonly string[] })[]
  /** All tokens, keys and session tokens that were given to anybody. */
  readonly secrets: readonly string[]
  /** Runs `verify` with the chain, the dumps and what follows (`--live` unless told). Throws if it prints a secret. */
  readonly verify: (more?: string, environment?: Readonly<Record<string, string>>) => Promise<Ended>
  /** The same for other chains, which the options name. */
  readonly verifyOther: (chain: string) => Promise<Ended>
  /** For files of tests; gone with the stage. */
  readonly folder: string
  readonly stop: () => Promise<void>
}

/** The lines with both answers. */
export function answersOf({ stdout }: Ended): readonly string[] {
  return stdout.split('\n').filter((line) => line.startsWith('  evaluation: '))
}

/** Between the command and AWS: writes down what AWS gives. The signature is over the host that the command asks. */
async function startListener(awsUrl: string, secrets: string[]) {
  const pass = async (asked: IncomingMessage, answered: ServerResponse) => {
    const { method, headers, url: path } = asked
    const sent = request(`${awsUrl}${path ?? '/'}`, { method, headers })
    asked.pipe(sent)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const body = await text(answer)
    const given = /<(?:AccessKeyId|SecretAccessKey|SessionToken)>([^<]+)</g
    secrets.push(...[...body.matchAll(given)].map(([, value = '']) => value))
    answered.writeHead(answer.statusCode ?? 0, answer.headers).end(body)
  }
  const server = createServer((asked, answered) => void pass(asked, answered))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() }
}

const SERVICE_ACCOUNT: ClusterObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'reporter', namespace: 'reports' },
}

/** Of a secret in a row: no word of what is printed has so many characters by chance. */
const PART = 12

/** Looks for every part of every secret in what a run has printed. */
function needNoSecret({ stdout, stderr }: Ended, secrets: readonly string[]): void {
  const printed = stdout + stderr
  for (const secret of secrets)
    for (let at = 0; at + PART <= secret.length; at += 1)
      assert.ok(!printed.includes(secret.slice(at, at + PART)), 'a secret is printed')
}

/** `change` makes AWS another one than the dumps say. The caller stops it. */
export async function startWalkStage(
  change: (accounts: Account[]) => void = () => undefined,
): Promise<WalkStage> {
  const documents = toAccountDocuments([stepsOf(HOPS)])
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-walk-'))
  const dumps = join(folder, 'dumps')
  mkdirSync(dumps)
  for (const [index, dump] of toDumps(toPlain(documents)).entries())
    writeFileSync(join(dumps, `${index}.json`), JSON.stringify(dump))
  const accounts = toPlain(documents)
  change(accounts)
  const stage = await startStage(toConfiguration(accounts))
  const secrets: string[] = []
  const asked: (AskedToken & { readonly audiences: readonly string[] })[] = []
  const parts: WholeClusterParts & { isForbidden?: (path: string) => boolean } = {
    objects: [SERVICE_ACCOUNT],
    signToken: async (audiences, one) => {
      asked.push({ ...one, audiences })
      const { namespace, serviceAccount, expirationSeconds } = one
      const token = await stage.mint({
        namespace,
        serviceAccount,
        audience: audiences,
        expiresInSeconds: expirationSeconds,
      })
      secrets.push(token)
      return token
    },
    judge: () => ({ warnings: [], object: {} }),
    servedAuthority: '',
    servedPort: 0,
  }
  const kubernetes = await startKubernetes({ part: createWholeCluster(parts) })
  const kubeconfig = kubernetes.writeKubeconfig(join(folder, 'kubeconfig'))
  const listener = await startListener(stage.aws.url, secrets)
  const run = async (chain: string, given: Readonly<Record<string, string>> = {}) => {
    const line = `verify --from ${dumps} --kubeconfig ${kubeconfig} ${chain}`.trim()
    const ended = await runCommand(line.split(' '), {
      environment: {
        AWS_ENDPOINT_URL_STS: listener.url,
        ROLECHAIN_ALLOW_HTTP_STS: 'true',
        ...given,
      },
    })
    needNoSecret(ended, secrets)
    return ended
  }
  return {
    stage,
    kubernetes,
    cluster: parts,
    asked,
    secrets,
    verify: (more = '--live', environment = {}) => run(`${CHAIN} ${more}`, environment),
    verifyOther: (chain) => run(`${chain} --live`),
    folder,
    stop: async () => {
      listener.stop()
      await kubernetes.stop()
      await stage.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
