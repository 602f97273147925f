/** The options that `policy` and `verify` share: those that name chains. */
import {
  InvalidArgumentError,
  Option,
  type Command,
  type OptionValues,
} from '@commander-js/extra-typings'
import {
  associationOption,
  clusterArnOption,
  disableSessionTagsOption,
  type AssociationOptions,
} from './associations.ts'
import type { KubernetesVersion } from '../../webhook/core/configuration/configuration.ts'
import {
  clusterOption,
  configOption,
  contextOption,
  filesOption,
  kubeconfigOption,
  kubernetesVersionOption,
  namespaceOption,
} from './options.ts'

/** Values of the options that name chains. */
export interface ChainOptions extends AssociationOptions {
  readonly namespace?: string | undefined
  readonly serviceAccount?: string | undefined
  readonly baseRole?: string | undefined
  readonly target: readonly string[]
  readonly externalId?: string | undefined
  readonly sessionName?: string | undefined
  readonly sessionTags?: string | undefined
  readonly sourceIdentity?: string | undefined
  readonly sessionPolicy?: string | undefined
  readonly durationSeconds?: string | undefined
  readonly pod?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly filename?: readonly string[] | undefined
  readonly config?: string | undefined
  readonly cluster?: true | undefined
  readonly kubernetesVersion: KubernetesVersion
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function readIssuer(text: string): string {
  if (/^https:\/\/[^/?#\s]+[^?#\s]*$/.test(text)) return text
  throw new InvalidArgumentError('Write the URL of the issuer, such as https://oidc.example/kit.')
}

/** Adds the options that name chains. */
export function withChainOptions<Args extends unknown[], Opts extends OptionValues>(
  command: Command<Args, Opts>,
) {
  return command
    .addOption(filesOption())
    .addOption(configOption())
    .addOption(clusterOption())
    .addOption(kubernetesVersionOption())
    .addOption(namespaceOption())
    .option('--service-account <name>', 'Service account of the pods.')
    .option(
      '--base-role <arn>',
      'Role of the service account (eks.amazonaws.com/role-arn); without it the first target is assumed by web identity.',
    )
    .addOption(associationOption())
    .addOption(disableSessionTagsOption())
    .addOption(clusterArnOption())
    .addOption(
      new Option(
        '--target <arn,…>',
        'The roles of a chain in their order, as in the annotation target-role-arn; may be repeated.',
      )
        .argParser(collect)
        .default([] as readonly string[], 'none'),
    )
    .option('--external-id <id>', 'As the annotation of that name.')
    .option('--session-name <name>', 'As the annotation of that name.')
    .option('--session-tags <key=value,…>', 'As the annotation of that name.')
    .option('--source-identity <name>', 'As the annotation of that name.')
    .option('--session-policy <json>', 'As the annotation of that name.')
    .option('--duration-seconds <seconds>', 'As the annotation of that name.')
    .option('--pod <name>', 'A pod, where names or tags have {pod} in them.')
    .addOption(
      new Option(
        '--issuer <url>',
        'Issuer of the tokens of the cluster; the cluster of the kubeconfig is asked unless given.',
      ).argParser(readIssuer),
    )
    .option('--audience <audience>', 'Audience of the tokens; sts.amazonaws.com unless given.')
    .addOption(kubeconfigOption())
    .addOption(contextOption())
}
