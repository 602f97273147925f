/** `rolechain verify`: walks chains over IAM's documents, and says which side refuses, by which statement. */
import { Option } from '@commander-js/extra-typings'
import type { VerifyFinding } from '../core/verify/finding.ts'
import { toVerdictLines, type Describe } from '../core/verify/text.ts'
import { verifyChain, type ChainVerdict } from '../core/verify/verify.ts'
import { hasProblem, toFinding, withoutSuppressed, type FindingCode } from '../findings/findings.ts'
import { createColours, type Colours } from '../output/colours.ts'
import { EXIT, usedWrongly } from '../output/exit-codes.ts'
import { findingLines } from '../output/finding-text.ts'
import { printResult } from '../output/print.ts'
import { readChains, withChainOptions, type WalkedChain } from './chain-options.ts'
import { newCommand, toExamples, type CreateCommand } from './command.ts'
import { readDumps } from './iam-dumps.ts'
import { outputOption, suppressOption } from './options.ts'

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
  const { namespace, serviceAccount, issuer, audience } = source
  return {
    namespace,
    serviceAccount,
    target,
    issuer,
    audience,
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

export const createVerify: CreateCommand = (context) =>
  withChainOptions(newCommand('verify', context))
    .description(
      'Walks a chain over the documents of IAM and says for each hop which side allows or refuses it, by which statement and condition.',
    )
    .addOption(
      new Option(
        '--from <path>',
        'File or folder of JSON that the AWS CLI printed: aws iam get-account-authorization-details of each AWS account; get-role and get-open-id-connect-provider for the rest. May be repeated.',
      )
        .argParser((path: string, before: readonly string[]) => [...before, path])
        .default([] as readonly string[], 'none'),
    )
    .addOption(outputOption())
    .addOption(suppressOption())
    .addHelpText(
      'after',
      toExamples(context, {
        'Looks into dumps of two AWS accounts':
          'verify -n reports --service-account reporter --base-role arn:aws:iam::111111111111:role/base --target arn:aws:iam::222222222222:role/reader --from base.json --from reader.json',
      }),
    )
    .action(async (options) => {
      const { surroundings, exit } = context
      if (options.from.length === 0) throw usedWrongly('Name dumps of IAM with --from.')
      const colours = createColours(surroundings)
      const { chains, findings } = await readChains(options, surroundings)
      const told = withoutSuppressed(findings, options.suppress)
      const lines = findingLines(told, colours)
      if (lines.length > 0) surroundings.stderr(`${lines.join('\n')}\n`)
      const documents = await readDumps(options.from)
      const verified = chains.map((chain) => ({
        chain,
        verdict: withoutCodes(verifyChain(chain.steps, documents), options.suppress),
      }))
      printResult(surroundings, options.output, {
        value: { chains: verified.map(toValue) },
        toText: (paint) => verified.flatMap((one) => toLines(one, paint)).join('\n'),
      })
      const problems = findingsOf(verified).filter(({ level }) => level === 'problem')
      if (problems.length > 0 || hasProblem(told)) exit(EXIT.problems)
    })
