/** What the reader says on the command line of a run on AWS. */
import { parseArgs } from 'node:util'

/** All that a run needs to know before it asks anybody. */
export interface Options {
  /** AWS profiles: of the AWS account of the cluster (a), and of the other one (b). */
  readonly profiles: { readonly a: string; readonly b: string }
  /** Of the kubeconfig. */
  readonly context: string
  /** Where stacks and buckets are made, and that of the installed chart. */
  readonly region: string
  /** An image with the AWS CLI and a shell. */
  readonly toolsImage: string
  /** Values for the chart, which is then installed for the run; absent: it is there. */
  readonly values: string | undefined
  /** How long CloudTrail is waited for. */
  readonly trailMinutes: number
  /** How long IAM gets to make known what it has been told; AWS says of no moment that all have heard. */
  readonly settleSeconds: number
  /** Where the report is written, beside standard output. */
  readonly report: string
  /** Names of pages; empty: all that can run. */
  readonly pages: readonly string[]
}

/** How the run is started. */
export const USAGE = `usage: npm run test:workflows -- --aws real --profile-a NAME --profile-b NAME --context NAME
  [--region us-east-1] [--tools-image IMAGE] [--values FILE] [--trail-minutes 15] [--settle-seconds 15]
  [--report FILE] [PAGE]…
docs/try-on-aws.md says what it makes, and that it deletes it.`

const OPTIONS = {
  'profile-a': { type: 'string', default: '' },
  'profile-b': { type: 'string', default: '' },
  context: { type: 'string', default: '' },
  region: { type: 'string', default: 'us-east-1' },
  'tools-image': { type: 'string', default: 'public.ecr.aws/aws-cli/aws-cli:2.23.6' },
  values: { type: 'string' },
  'trail-minutes': { type: 'string', default: '15' },
  'settle-seconds': { type: 'string', default: '15' },
  report: { type: 'string', default: 'rolechain-on-aws.md' },
} as const

type Values = ReturnType<typeof parse>['values']

function parse(parameters: readonly string[]) {
  return parseArgs({ args: [...parameters], options: OPTIONS, allowPositionals: true })
}

/** They stand unquoted in the commands of the pages. */
const CONTEXT = /^[\w@:./-]+$/
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/
const NUMBER = /^\d+(?:\.\d+)?$/

function findProblems(values: Values): readonly string[] {
  const { 'profile-a': a, 'profile-b': b, context, region } = values
  const problems: readonly (readonly [boolean, string])[] = [
    [a === '', '--profile-a is missing: the AWS profile for the AWS account of the cluster.'],
    [b === '', '--profile-b is missing: the AWS profile for the other AWS account.'],
    [a !== '' && a === b, '--profile-a and --profile-b are the same: two AWS accounts are needed.'],
    [context === '', '--context is missing: the context of your kubeconfig for the cluster.'],
    [
      context !== '' && !CONTEXT.test(context),
      `--context cannot be ${context}: the commands of the pages take letters, digits and _@:./- only.`,
    ],
    [!REGION.test(region), `--region cannot be ${region}: a region is such as eu-west-1.`],
    ...(['trail-minutes', 'settle-seconds'] as const).map(
      (name) => [!NUMBER.test(values[name]), `--${name} cannot be ${values[name]}.`] as const,
    ),
  ]
  return problems.flatMap(([isProblem, sentence]) => (isProblem ? [sentence] : []))
}

function parseKnown(parameters: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(parameters)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, {
      cause: error,
    })
  }
}

/** Reads the command line; throws one error that names every problem. */
export function parseOptions(parameters: readonly string[]): Options {
  const { values, positionals } = parseKnown(parameters)
  const problems = findProblems(values)
  if (problems.length > 0) throw new Error([...problems, USAGE].join('\n'))
  return {
    profiles: { a: values['profile-a'], b: values['profile-b'] },
    context: values.context,
    region: values.region,
    toolsImage: values['tools-image'],
    values: values.values,
    trailMinutes: Number(values['trail-minutes']),
    settleSeconds: Number(values['settle-seconds']),
    report: values.report,
    pages: positionals,
  }
}
