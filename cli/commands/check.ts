/** `rolechain check`: looks at the cluster and says what is not as it should be, with what mends it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { CATEGORY_NAMES, categoriesOf, toReport, type Report } from '../core/check/check.ts'
import { EXIT } from '../output/exit-codes.ts'
import { printResult } from '../output/print.ts'
import { withProgress } from '../output/progress.ts'
import { reportText } from '../output/report-text.ts'
import { newCommand, toExamples, type CommandContext, type CreateCommand } from './command.ts'
import {
  allNamespacesOption,
  contextOption,
  kubeconfigOption,
  namespaceOption,
  outputOption,
  suppressOption,
} from './options.ts'

const AGAIN_AFTER_MS = 2000

const categoryOption = () =>
  new Option('--category <name>', 'Looks at this category only; may be repeated.')
    .choices(CATEGORY_NAMES)
    .argParser((name, before: readonly (typeof CATEGORY_NAMES)[number][]) => {
      const found = CATEGORY_NAMES.find((known) => known === name)
      if (found === undefined) {
        throw new InvalidArgumentError(`Allowed choices are ${CATEGORY_NAMES.join(', ')}.`)
      }
      return [...before, found]
    })
    .default([] as readonly (typeof CATEGORY_NAMES)[number][], 'all')

const waitOption = () =>
  new Option('--wait <duration>', 'Looks again until nothing is wrong, at most so long.')
    .argParser(parseDuration)
    .default(0, 'looks once')

export const createCheck: CreateCommand = (context) =>
  newCommand('check', context)
    .description('Looks whether rolechain works in a cluster, and says what mends what does not.')
    .option('--pre', 'Before the chart is installed: whether the cluster can have it.', false)
    .addOption(categoryOption())
    .addOption(waitOption())
    .addOption(outputOption())
    .addOption(suppressOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addOption(namespaceOption())
    .addOption(allNamespacesOption())
    .addHelpText(
      'after',
      toExamples(context, {
        'Before the installation': 'check --pre',
        'After it, as soon as all is well': 'check --wait 2m',
        'Pods of one namespace': 'check --category pods -n team-a',
      }),
    )
    .action(async (options) => {
      const report = await lookUntilGood(context, options)
      printResult(context.surroundings, options.output, {
        value: report,
        toText: (colours) => reportText(report, colours),
      })
      if (report.outcome === 'problem') context.exit(EXIT.problems)
    })

interface CheckOptions {
  readonly pre: boolean
  readonly category: readonly (typeof CATEGORY_NAMES)[number][]
  readonly wait: number
  readonly suppress: Parameters<typeof toReport>[1]['suppressed']
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly namespace?: string | undefined
  readonly allNamespaces?: true | undefined
}

async function lookUntilGood(
  { surroundings }: CommandContext,
  options: CheckOptions,
): Promise<Report> {
  const { openCluster } = await import('../cluster/cluster.ts')
  const { readFacts } = await import('../cluster/check/read-facts.ts')
  const cluster = openCluster(options, surroundings)
  const { category: categories, pre: isBefore, suppress: suppressed } = options
  const untilMs = surroundings.nowMs() + options.wait
  const look = async () => {
    const facts = await readFacts(cluster, {
      categories: categoriesOf({ categories, isBefore }),
      namespace: options.allNamespaces === true ? undefined : options.namespace,
      isBefore,
      nowMs: surroundings.nowMs(),
    })
    return toReport(facts, { categories, isBefore, suppressed })
  }
  try {
    return await withProgress(surroundings, 'Looking at the cluster', async () => {
      let report = await look()
      while (report.outcome === 'problem' && surroundings.nowMs() < untilMs) {
        await sleep(AGAIN_AFTER_MS)
        report = await look()
      }
      return report
    })
  } finally {
    cluster.close()
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

function parseDuration(text: string): number {
  const [, number, unit = ''] = /^(\d{1,5})([smh])$/.exec(text) ?? []
  const unitMs = UNITS_MS[unit]
  if (number === undefined || unitMs === undefined) {
    throw new InvalidArgumentError('Write a duration such as 30s or 2m.')
  }
  return Number(number) * unitMs
}
