/** Options that mean the same in every command, each in one place. A command adds those that it uses. */
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import leven from 'leven'
import { FINDING_CODES, isFindingCode, type FindingCode } from '../findings/findings.ts'
import { FORMATS } from '../output/formats.ts'

export const outputOption = () =>
  new Option('-o, --output <format>', 'Form of what is printed.')
    .choices(FORMATS)
    .default('text' as const)

export const suppressOption = () =>
  new Option('--suppress <code>', 'Leaves findings of this code out; may be repeated.')
    .argParser(collectCode)
    .default([] as readonly FindingCode[], 'none')

export const kubeconfigOption = () =>
  new Option(
    '--kubeconfig <file>',
    'Kubeconfig; as kubectl, KUBECONFIG or ~/.kube/config unless given.',
  )

export const contextOption = () => new Option('--context <name>', 'Context of the kubeconfig.')

export const namespaceOption = () =>
  new Option('-n, --namespace <namespace>', 'Namespace; that of the context unless given.')

export const allNamespacesOption = () => new Option('-A, --all-namespaces', 'All namespaces.')

export const filesOption = () =>
  new Option('-f, --filename <file...>', 'Files, folders, or - for standard input.')

/** From where the webhook's configuration comes, for commands that judge pods without asking it. */
export const configOption = () =>
  new Option(
    '--config <file>',
    "Configuration of the webhook: its file, or manifests with its ConfigMap and Deployment (helm template's output).",
  )

export const clusterOption = () =>
  new Option(
    '--cluster',
    'Takes service accounts and the configuration that no file has from the cluster.',
  )

export const kubernetesVersionOption = () =>
  new Option('--kubernetes-version <version>', 'Version of the cluster, where it is not asked.')
    .argParser(parseVersion)
    .default({ major: 1, minor: 34 }, '1.34')

/** Which AWS profile of the person reads which AWS account. */
export const profileOption = () =>
  new Option(
    '--profile <account=name>',
    'AWS profile by which an AWS account is read, such as 222222222222=prod; may be repeated.',
  )
    .argParser(collectProfile)
    .default(new Map<string, string>(), 'the default credentials')

/** All of them: what may stand before the command too. */
export function globalOptions(): readonly Option[] {
  return [
    outputOption(),
    suppressOption(),
    kubeconfigOption(),
    contextOption(),
    namespaceOption(),
    allNamespacesOption(),
    profileOption(),
  ]
}

function parseVersion(text: string): { readonly major: number; readonly minor: number } {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(text) ?? []
  if (major === undefined) throw new InvalidArgumentError('Write it such as 1.34.')
  return { major: Number(major), minor: Number(minor) }
}

function collectCode(code: string, before: readonly FindingCode[]): readonly FindingCode[] {
  if (isFindingCode(code)) return [...before, code]
  const [nearest] = FINDING_CODES.toSorted((one, other) => leven(code, one) - leven(code, other))
  throw new InvalidArgumentError(`There is no such code; did you mean ${nearest}?`)
}

function collectProfile(
  text: string,
  before: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const [, account, name] = /^(\d{12})=(\S+)$/.exec(text) ?? []
  if (account === undefined || name === undefined) {
    throw new InvalidArgumentError('Write ACCOUNT=NAME, such as 222222222222=prod.')
  }
  if (before.has(account)) {
    throw new InvalidArgumentError(`AWS account ${account} has a profile already.`)
  }
  return new Map([...before, [account, name]])
}
