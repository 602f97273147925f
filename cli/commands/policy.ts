/** `rolechain policy`: what each AWS account of a chain has to allow, in the language of whoever applies it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Option } from '@commander-js/extra-typings'
import type { EksAccess } from '../core/policy/eks-access.ts'
import { toAwsCli } from '../core/policy/formats/aws-cli.ts'
import { toCloudFormation } from '../core/policy/formats/cloudformation.ts'
import { beyondEksctl, toEksctl, type EksCluster } from '../core/policy/formats/eksctl.ts'
import { toFileName, type AccountPlan, type StepPlan } from '../core/policy/formats/format.ts'
import { toPlainAccount, toPlainStep } from '../core/policy/formats/json.ts'
import { toPlan, type Plan } from '../core/policy/formats/plan.ts'
import { toTerraform } from '../core/policy/formats/terraform.ts'
import { toAccountLines, toOrderLines } from '../core/policy/formats/text.ts'
import { withoutSuppressed } from '../findings/findings.ts'
import { createColours } from '../output/colours.ts'
import { EXIT, usedWrongly } from '../output/exit-codes.ts'
import { findingLines } from '../output/finding-text.ts'
import { FORMATS, printResult } from '../output/print.ts'
import type { Surroundings } from '../output/surroundings.ts'
import { withChainOptions } from './chain-options.ts'
import { newCommand, toExamples, type CreateCommand } from './command.ts'
import { suppressOption } from './options.ts'
import { readChains, type WalkedChain } from './read-chains.ts'

const POLICY_FORMATS = [...FORMATS, 'terraform', 'cloudformation', 'eksctl', 'aws-cli'] as const
type PolicyFormat = (typeof POLICY_FORMATS)[number]

interface PolicyOptions {
  readonly output: PolicyFormat
  readonly outDir?: string | undefined
  readonly eksCluster?: string | undefined
  readonly eksGroups?: string | undefined
  readonly clusterName?: string | undefined
  readonly region?: string | undefined
}

/** One file of what is written. */
interface WrittenFile {
  readonly name: string
  readonly text: string
}

function needCluster({ clusterName, region }: PolicyOptions): EksCluster {
  if (clusterName !== undefined && region !== undefined) return { name: clusterName, region }
  throw usedWrongly(
    'eksctl writes about one cluster: name it with --cluster-name and --region, as it is known to EKS.',
  )
}

/** Without its cluster nobody could make an association. */
function needPodCluster(chains: readonly WalkedChain[]): void {
  const sources = chains.map(({ source }) => source)
  if (sources.some((one) => one.kind === 'pod-identity' && one.cluster.name === undefined))
    throw usedWrongly(
      'An association of EKS Pod Identity is of one cluster, and neither a configuration nor the kubeconfig names it: give its ARN with --cluster-arn.',
    )
}

type WriteFiles = (plan: Plan, options: PolicyOptions) => readonly WrittenFile[]

function aStep(extension: string, toText: (step: StepPlan) => string): WriteFiles {
  return ({ steps }) =>
    steps.map((step) => ({ name: `${toFileName(step)}.${extension}`, text: toText(step) }))
}

/** Formats with files of their own; text, JSON and YAML are printed as everywhere. */
const WRITERS: Readonly<Record<Exclude<PolicyFormat, 'text' | 'yaml'>, WriteFiles>> = {
  json: ({ accounts }) =>
    accounts.map((account) => ({
      name: `${account.accountId}.json`,
      text: `${JSON.stringify(toPlainAccount(account), null, 2)}\n`,
    })),
  terraform: aStep('tf', toTerraform),
  cloudformation: aStep('template.yaml', toCloudFormation),
  'aws-cli': aStep('sh', toAwsCli),
  eksctl: ({ accounts }, options) =>
    accounts.flatMap((account) =>
      toEksctl(account, needCluster(options)).map(({ cluster, text }) => ({
        name: `${account.accountId}.${cluster}.eksctl.yaml`,
        text,
      })),
    ),
}

function toAccess(chains: readonly WalkedChain[], options: PolicyOptions): readonly EksAccess[] {
  const { eksCluster, eksGroups } = options
  if (eksCluster === undefined) return []
  const roles = new Set(chains.flatMap(({ hops }) => hops.at(-1)?.roleArn ?? []))
  const groups = (eksGroups ?? '').split(',').filter((group) => group !== '')
  return [...roles].map((roleArn) => ({ clusterName: eksCluster, roleArn, groups }))
}

async function writeFiles(
  files: readonly WrittenFile[],
  folder: string,
  { stdout }: Surroundings,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const { name, text } of files) {
    const path = join(folder, name)
    await writeFile(path, text)
    stdout(`${path}\n`)
  }
}

/** Between two templates of CloudFormation, or two files of eksctl, YAML needs a sign. */
function joinFiles(files: readonly WrittenFile[], format: PolicyFormat): string {
  const isYaml = format === 'cloudformation' || format === 'eksctl'
  return files.map(({ text }) => text).join(isYaml ? '---\n' : '\n')
}

/** Associations say which cluster is meant. */
function withCluster(accounts: readonly AccountPlan[], options: PolicyOptions): PolicyOptions {
  const [first] = accounts.flatMap(({ associations }) => associations)
  const { clusterName = first?.clusterName, region = first?.region } = options
  return { ...options, clusterName, region }
}

async function print(
  plan: Plan,
  options: PolicyOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { accounts, steps } = plan
  const { output, outDir } = options
  const isPlain = output === 'text' || output === 'yaml'
  if (outDir !== undefined && isPlain)
    throw usedWrongly(`--out-dir takes ${Object.keys(WRITERS).join(', ')} as -o.`)
  if (isPlain || (output === 'json' && outDir === undefined)) {
    printResult(surroundings, output, {
      value: {
        awsAccounts: accounts.map(toPlainAccount),
        creationOrder: steps.map(toPlainStep),
      },
      toText: () => [...accounts.flatMap(toAccountLines), '', ...toOrderLines(steps)].join('\n'),
    })
    return
  }
  const files = WRITERS[output](plan, options)
  if (outDir === undefined) surroundings.stdout(joinFiles(files, output))
  else await writeFiles(files, outDir, surroundings)
}

function tellBeyond(accounts: readonly AccountPlan[], { stderr }: Surroundings): void {
  for (const roleArn of accounts.flatMap(beyondEksctl))
    stderr(`eksctl cannot make ${roleArn}; use another format for it.\n`)
}

export const createPolicy: CreateCommand = (context) =>
  withChainOptions(newCommand('policy', context))
    .description(
      'Prints what each AWS account of a chain has to have: OIDC provider or association of EKS Pod Identity, trust policies and permission policies, and nothing that the chain does not need.',
    )
    .addOption(
      new Option('-o, --output <format>', 'Form of what is printed.')
        .choices(POLICY_FORMATS)
        .default('text' as const),
    )
    .option(
      '--out-dir <folder>',
      'Writes files into this folder, numbered in the order in which they can be applied.',
    )
    .option('--eks-cluster <name>', 'An EKS cluster that the target role is to reach.')
    .option('--eks-groups <group,…>', 'Kubernetes groups that the target role has there.')
    .option('--cluster-name <name>', 'Name of the EKS cluster of the pods; for eksctl.')
    .option('--region <region>', 'Region of the EKS clusters; for eksctl.')
    .addOption(suppressOption())
    .addHelpText(
      'after',
      toExamples(context, {
        'One target in another AWS account, as Terraform':
          'policy -n reports --service-account reporter --base-role arn:aws:iam::111111111111:role/base --target arn:aws:iam::222222222222:role/reader -o terraform --out-dir roles',
        'The same from EKS Pod Identity on':
          'policy -n reports --service-account reporter --association arn:aws:iam::111111111111:role/reports --cluster-arn arn:aws:eks:eu-west-1:111111111111:cluster/prod --target arn:aws:iam::222222222222:role/reader -o terraform --out-dir roles',
      }),
    )
    .action(async (options) => {
      const { surroundings, exit } = context
      const { chains, findings } = await readChains(options, surroundings)
      const told = withoutSuppressed(findings, options.suppress)
      const lines = findingLines(told, createColours(surroundings))
      if (lines.length > 0) surroundings.stderr(`${lines.join('\n')}\n`)
      if (told.length > 0) return exit(EXIT.problems)
      needPodCluster(chains)
      const plan = toPlan(
        chains.map(({ steps }) => steps),
        toAccess(chains, options),
      )
      await print(plan, withCluster(plan.accounts, options), surroundings)
      if (options.output === 'eksctl') tellBeyond(plan.accounts, surroundings)
    })
