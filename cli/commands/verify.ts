/** `rolechain verify`: walks chains over IAM's documents, and says which side refuses, by which statement. */
import { Option } from '@commander-js/extra-typings'
import { readLive } from '../aws/connect.ts'
import type { ClusterChoice } from '../cluster/kubeconfig.ts'
import type { VerifyFinding } from '../core/verify/finding.ts'
import type { IamDocuments } from '../core/verify/iam-documents.ts'
import { withLive } from '../core/verify/live.ts'
import { toVerdictLines, type Describe } from '../core/verify/text.ts'
import { verifyChain, type ChainVerdict } from '../core/verify/verify.ts'
import { hasProblem, toFinding, withoutSuppressed, type FindingCode } from '../findings/findings.ts'
import { createColours, type Colours } from '../output/colours.ts'
import { EXIT } from '../output/exit-codes.ts'
import { findingLines } from '../output/finding-text.ts'
import { printResult } from '../output/print.ts'
import { withProgress } from '../output/progress.ts'
import type { Surroundings } from '../output/surroundings.ts'
import { withChainOptions } from './chain-options.ts'
import { newCommand, toExamples, type CreateCommand } from './command.ts'
import { readDumps } from './iam-dumps.ts'
import { needTokens, walkForReal, type LiveEnd } from './live.ts'
import { outputOption, profileOption, suppressOption } from './options.ts'
import { readChains, type WalkedChain } from './read-chains.ts'

interface VerifiedChain {
  readonly chain: WalkedChain
  readonly verdict: ChainVerdict
}

const describe: Describe = ({ code, level, hint, message }) =>
  toFinding(code, { level, place: '', message, ...(hint !== undefined && { hint }) })

function withoutCodes(verdict: ChainVerdict, suppressed: readonly FindingCode[]): ChainVerdict {
  return {
    ...verdict,
    hops: verdict.hops.map((hop) => ({
      ...hop,
      findings: hop.findings.filter(({ code }) => !suppressed.includes(code)),
    })),
  }
}

function findingsOf(verified: readonly VerifiedChain[]): readonly VerifyFinding[] {
  return verified.flatMap(({ verdict }) => verdict.hops.flatMap(({ findings }) => findings))
}

function toValue({ chain, verdict }: VerifiedChain): unknown {
  const { target, source, sessionName } = chain
  const { namespace, serviceAccount } = source
  return {
    namespace,
    serviceAccount,
    target,
    source: source.kind,
    ...(source.kind === 'web-identity'
      ? { issuer: source.issuer, audience: source.audience }
      : { cluster: source.cluster, hasSessionTags: source.hasTags }),
    sessionName,
    ...verdict,
    hops: verdict.hops.map((hop) => ({
      ...hop,
      findings: hop.findings.map((finding) => {
        const { hint, address } = describe(finding)
        return { ...finding, hint, address }
      }),
    })),
  }
}

function toLines({ chain, verdict }: VerifiedChain, paint: Colours): readonly string[] {
  const { target, source, hops } = chain
  const last = hops.at(-1)?.roleArn ?? ''
  const name = `${source.namespace}/${source.serviceAccount}`
  return [
    paint.strong(`service account ${name}, target ${target}: ${last}`),
    ...toVerdictLines(verdict, { paint, describe }),
  ]
}

/** From dumps where there are any, else from IAM. */
async function readDocuments(
  chains: readonly WalkedChain[],
  { from, profile }: { from: readonly string[]; profile: ReadonlyMap<string, string> },
  surroundings: Surroundings,
): Promise<IamDocuments> {
  if (from.length > 0) return readDumps(from)
  const steps = chains.flatMap((chain) => chain.steps)
  const { documents, notes } = await withProgress(surroundings, 'Reading IAM', () =>
    readLive(steps, profile),
  )
  for (const note of notes) surroundings.stderr(`rolechain: ${note}\n`)
  return documents
}

/** Chains that cannot be walked are told of before anything is read. */
function walkLater(
  chains: readonly WalkedChain[],
  options: ClusterChoice,
  surroundings: Surroundings,
): () => Promise<readonly LiveEnd[]> {
  needTokens(chains)
  return () =>
    withProgress(surroundings, 'Walking the chains', () =>
      walkForReal(chains, options, surroundings),
    )
}

/** Whether AWS said nothing of a hop; then it says why. */
function tellUnanswered(verified: readonly VerifiedChain[], { stderr }: Surroundings): boolean {
  const messages = verified.flatMap(({ verdict }) =>
    verdict.hops.flatMap(({ hop, aws }) =>
      aws?.answer === 'no_answer' ? [`hop ${hop}: ${aws.message ?? ''}`] : [],
    ),
  )
  for (const message of new Set(messages))
    stderr(`rolechain: AWS gave this machine no answer: ${message}\n`)
  return messages.length > 0
}

export const createVerify: CreateCommand = (context) =>
  withChainOptions(newCommand('verify', context))
    .description(
      'Walks a chain over the documents of IAM and says for each hop which side allows or refuses it, by which statement and condition.',
    )
    .addOption(
      new Option(
        '--from <path>',
        'File or folder of JSON that the AWS CLI printed: aws iam get-account-authorization-details of each AWS account; get-role and get-open-id-connect-provider for the rest. May be repeated. Without it IAM is asked.',
      )
        .argParser((path: string, before: readonly string[]) => [...before, path])
        .default([] as readonly string[], 'none'),
    )
    .addOption(profileOption())
    .option(
      '--live',
      'Walks the chain for real too, with a token of the service account (by the kubeconfig) and the code of the sidecar, and says what AWS answers. CloudTrail shows the calls. Nothing that AWS gives is printed or kept.',
    )
    .addOption(outputOption())
    .addOption(suppressOption())
    .addHelpText(
      'after',
      toExamples(context, {
        'Looks into dumps of two AWS accounts':
          'verify -n reports --service-account reporter --base-role arn:aws:iam::111111111111:role/base --target arn:aws:iam::222222222222:role/reader --from base.json --from reader.json',
        'Asks IAM for the chains of manifests':
          'verify -f app.yaml --profile 111111111111=cluster --profile 222222222222=data',
        'Puts the answer of AWS beside what dumps say': 'verify -f app.yaml --from dumps --live',
      }),
    )
    .action(async (options) => {
      const { surroundings, exit } = context
      const colours = createColours(surroundings)
      const { chains, findings } = await readChains(options, surroundings)
      const told = withoutSuppressed(findings, options.suppress)
      const lines = findingLines(told, colours)
      if (lines.length > 0) surroundings.stderr(`${lines.join('\n')}\n`)
      const ends = options.live === true ? walkLater(chains, options, surroundings) : undefined
      const documents = await readDocuments(chains, options, surroundings)
      const lives = await ends?.()
      const verified = chains.map((chain, index) => {
        const verdict = verifyChain(chain.steps, documents)
        const live = lives?.[index]
        return {
          chain,
          verdict: withoutCodes(
            live === undefined ? verdict : withLive(verdict, live),
            options.suppress,
          ),
        }
      })
      printResult(surroundings, options.output, {
        value: { chains: verified.map(toValue) },
        toText: (paint) => verified.flatMap((one) => toLines(one, paint)).join('\n'),
      })
      const problems = findingsOf(verified).filter(({ level }) => level === 'problem')
      if (problems.length > 0 || hasProblem(told)) exit(EXIT.problems)
      const isUnanswered = tellUnanswered(verified, surroundings)
      if (isUnanswered) exit(EXIT.unreachable)
    })
