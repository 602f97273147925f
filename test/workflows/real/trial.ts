/** A run on the strict AWS, without a cluster: what it asks of one is written down. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startIssuer } from '../../../stand-ins/aws/issuer.ts'
import { startAws, type Aws } from '../../../stand-ins/aws/server.ts'
import { toMarkdown } from './bash-page.ts'
import type { ReaderCluster } from './cluster.ts'
import type { Edges } from './facts.ts'
import { parseOptions } from './options.ts'
import type { RunResult } from './report.ts'
import { runOnAws } from './run.ts'
import { toUsers, writeProfiles } from './stage.ts'

/** What differs from run to run. */
export interface Changes extends Partial<Omit<Edges, 'cluster'>> {
  /** Of the command line. */
  readonly more?: readonly string[]
  readonly isInstalled?: boolean
}

/** What came of a run. */
export interface Tried {
  readonly result: RunResult
  /** Names of namespaces. */
  readonly deleted: readonly string[]
  /** What else was done in the cluster. */
  readonly done: readonly string[]
}

/** An issuer, and one strict AWS after the other. */
export interface Trial {
  issuer(): string
  url(): string
  /** With what is in the two AWS accounts before the run. */
  start(first?: object, second?: object): Promise<void>
  /** Runs a page with these commands. */
  run(commands: string, changes?: Changes): Promise<Tried>
  stop(): Promise<void>
  close(): Promise<void>
}

const ID = '1a2b3c'
const OPTIONS = ['--profile-a', 'cluster', '--profile-b', 'target', '--context', 'mine']

function toCluster(
  issuer: string,
  isInstalled: boolean,
  tried: { readonly deleted: string[]; readonly done: string[] },
): ReaderCluster {
  return {
    readIssuer: async () => issuer,
    readVersions: async () => ({}),
    isInstalled: async () => isInstalled,
    install: async (file, namespace) => void tried.done.push(`install ${file} in ${namespace}`),
    uninstall: async (namespace) => void tried.done.push(`uninstall in ${namespace}`),
    deleteNamespaces: async (names) => void tried.deleted.push(...names),
  }
}

/** Opens it; the caller stops each strict AWS, and closes it. */
export async function openTrial(): Promise<Trial> {
  const issuer = await startIssuer()
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-real-'))
  let aws: Aws | undefined
  return {
    issuer: () => issuer.issuer,
    url: () => aws?.url ?? '',
    async start(first = {}, second = {}) {
      const awsAccounts = {
        '111111111111': { users: toUsers('111111111111'), ...first },
        '222222222222': { users: toUsers('222222222222'), ...second },
      }
      const issuerLocations = { [issuer.issuer]: issuer.url }
      aws = await startAws({ awsAccounts }, { issuerLocations })
      const token = await issuer.mint({
        namespace: `rolechain-try-${ID}-team`,
        serviceAccount: 'app',
        audience: 'sts.amazonaws.com',
      })
      const profiles = await writeProfiles(folder, aws.url)
      Object.assign(process.env, profiles, { TOKEN: token, NODE: process.execPath })
    },
    async run(commands, { more = [], isInstalled = true, ...changes } = {}) {
      const tried = { deleted: [], done: [] }
      const options = parseOptions([...OPTIONS, '--settle-seconds', '0', ...more])
      const result = await runOnAws(options, {
        cluster: toCluster(issuer.issuer, isInstalled, tried),
        pages: [{ name: 'page', markdown: toMarkdown(commands) }],
        pace: { minDelay: 0.01, maxDelay: 0.02, maxWaitTime: 20 },
        lookEveryMs: 10,
        id: ID,
        say: () => undefined,
        signal: new AbortController().signal,
        ...changes,
      })
      return { result, ...tried }
    },
    stop: async () => aws?.stop(),
    async close() {
      await issuer.stop()
      await rm(folder, { recursive: true })
    },
  }
}
