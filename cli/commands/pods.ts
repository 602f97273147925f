/** `rolechain pods`: all pods with a chain, as a table, as data, or as a page that draws who can become what. */
import { createHash } from 'node:crypto'
import { Option } from '@commander-js/extra-typings'
import { textAt } from '../../webhook/core/formats/json.ts'
import { configurationOf } from '../core/check/installation.ts'
import { seenOr, type CheckFacts } from '../core/check/facts.ts'
import { stampOfNow } from '../core/check/pods.ts'
import { toChains, toGraph, type ChainOfAccount, type EdgeKind } from '../core/pods/graph.ts'
import { toPage } from '../core/pods/page.ts'
import { toRows, type PodRow } from '../core/pods/rows.ts'
import { podTable } from '../core/pods/table.ts'
import { toSteps } from '../core/policy/walk.ts'
import type { IamDocuments } from '../core/verify/iam-documents.ts'
import { verifyChain } from '../core/verify/verify.ts'
import { unreachable } from '../output/exit-codes.ts'
import { FORMATS, printResult } from '../output/print.ts'
import { withProgress } from '../output/progress.ts'
import { newCommand, toExamples, type CommandContext, type CreateCommand } from './command.ts'
import { readDumps } from './iam-dumps.ts'
import { allNamespacesOption, contextOption, kubeconfigOption, namespaceOption } from './options.ts'

const outputOption = () =>
  new Option('-o, --output <format>', 'Form of what is printed; html is a page that draws.')
    .choices([...FORMATS, 'html'] as const)
    .default('text' as const)

const fromOption = () =>
  new Option(
    '--from <path>',
    'Dumps of IAM, as verify reads them, which colour the page; may be repeated.',
  )
    .argParser((path, before: readonly string[]) => [...before, path])
    .default([] as readonly string[], 'none')

export const createPods: CreateCommand = (context) =>
  newCommand('pods', context)
    .description('Lists all pods with a chain: target, version, age, gate and last failure.')
    .option('--outdated', 'Only those with a sidecar of another version or configuration.', false)
    .addOption(outputOption())
    .addOption(fromOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addOption(namespaceOption())
    .addOption(allNamespacesOption())
    .addHelpText(
      'after',
      toExamples(context, {
        'What is left of the version before': 'pods --outdated',
        'A page that draws who can become what': 'pods -o html > pods.html',
      }),
    )
    .action(async (options) => {
      const { surroundings } = context
      const seen = await look(context, options)
      const all = toRows(seen.facts, stampOfNow(seen.facts))
      const rows = options.outdated ? all.filter(({ isOutdated }) => isOutdated === true) : all
      if (options.output === 'html') {
        const documents = options.from.length === 0 ? null : await readDumps(options.from)
        surroundings.stdout(draw({ ...seen, rows, documents, nowMs: surroundings.nowMs() }))
        return
      }
      printResult(surroundings, options.output, {
        value: { pods: rows },
        toText: () => podTable(rows, surroundings.nowMs()),
      })
    })

interface Look {
  readonly facts: CheckFacts
  readonly server: string
  /** Empty where it cannot be read. */
  readonly issuer: string
}

async function look(
  { surroundings }: CommandContext,
  options: {
    readonly namespace?: string | undefined
    readonly allNamespaces?: true | undefined
    readonly kubeconfig?: string | undefined
    readonly context?: string | undefined
  },
): Promise<Look> {
  const { connect } = await import('../cluster/connect.ts')
  const { readFacts } = await import('../cluster/check/read-facts.ts')
  const cluster = await connect(options, surroundings)
  try {
    return await withProgress(surroundings, 'Looking at pods', async () => {
      const facts = await readFacts(cluster, {
        categories: ['pods'],
        namespace: options.allNamespaces === true ? undefined : options.namespace,
        isBefore: false,
        nowMs: surroundings.nowMs(),
      })
      if (facts.pods.kind === 'unseen') {
        throw unreachable(`Pods cannot be listed: ${facts.pods.why}`)
      }
      const document = await cluster.read('/.well-known/openid-configuration').catch(() => null)
      return { facts, server: cluster.access.server, issuer: textAt(document ?? {}, 'issuer') }
    })
  } finally {
    cluster.close()
  }
}

interface Drawing extends Look {
  readonly rows: readonly PodRow[]
  readonly documents: IamDocuments | null
  readonly nowMs: number
}

function draw({ facts, server, issuer, rows, documents, nowMs }: Drawing): string {
  const { annotationNames, parityAnnotationNames, parity } = configurationOf(facts)
  const chains = toChains(seenOr(facts.pods, []), seenOr(facts.serviceAccounts, []), {
    baseRole: parityAnnotationNames['role-arn'],
    target: annotationNames['target-role-arn'],
    audience: parityAnnotationNames.audience,
    tokenAudience: parity.tokenAudience,
  })
  const kindsOf = (chain: ChainOfAccount): readonly EdgeKind[] =>
    documents === null || chain.hops.length === 0 ? [] : outcomes(chain, { issuer, documents })
  return toPage({
    graph: toGraph(chains, rows, kindsOf),
    rows,
    server,
    nowMs,
    madeAt: new Date(nowMs)
      .toISOString()
      .replace(/:\d\d\.\d+Z$/, ' UTC')
      .replace('T', ' '),
    hash: (text) => createHash('sha256').update(text).digest('base64'),
  })
}

function outcomes(
  { namespace, serviceAccount, hops, sessionName, audience }: ChainOfAccount,
  { issuer, documents }: { issuer: string; documents: IamDocuments },
): readonly EdgeKind[] {
  const source = { kind: 'web-identity', issuer, audience, namespace, serviceAccount } as const
  const steps = toSteps({ source, hops, sessionName }, (text) =>
    createHash('sha256').update(text).digest('hex'),
  )
  return verifyChain(steps, documents).hops.map(({ outcome }) => outcome)
}
