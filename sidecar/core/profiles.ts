/** What containers with several targets find in the folder of profiles: each target is a profile of its name. */
import {
  configFile,
  DEFAULT_TARGET,
  HELPER_FILE,
  HELPER_SHELL,
  HELPER_SOURCE,
  type Profile,
  type SidecarConfiguration,
} from '../contract.ts'

/** What is to be in the folder, with whole paths. */
export interface ProfileFiles {
  /** Where the image has the helper. */
  readonly helperSource: string
  readonly helper: string
  /** A link to the helper, by the name of a shell. */
  readonly shell: string
  /** Texts of AWS config files, by path. */
  readonly configFiles: Readonly<Record<string, string>>
}

/** The files of a configuration, below `root`; undefined when no container has profiles. */
export function toProfileFiles(
  { profiles = {}, port }: Pick<SidecarConfiguration, 'profiles' | 'port'>,
  root: string,
): ProfileFiles | undefined {
  const containers = Object.entries(profiles)
  if (containers.length === 0) return undefined
  const helper = `${root}${HELPER_FILE}`
  const configFiles = containers.map(([container, own]) => [
    `${root}${configFile(container)}`,
    toConfigFile({ profiles: own, port, helper }),
  ])
  return {
    helperSource: `${root}${HELPER_SOURCE}`,
    helper,
    shell: `${root}${HELPER_SHELL}`,
    configFiles: Object.fromEntries(configFiles),
  }
}

/** What an AWS config file is made of. */
export interface ConfigFileFacts {
  /** By target; at least one. Names and regions have passed the check of the configuration. */
  readonly profiles: Readonly<Record<string, Profile>>
  /** Where the endpoint listens. */
  readonly port: number
  /** Path of the helper, without spaces: SDKs split the command there, or give it to a shell. */
  readonly helper: string
}

/**
 * The text of the file. The default profile runs no command: the endpoint's variables give its credentials, so that a
 * program has them in an image without a shell too. It is there even when there is nothing to say of it, since the AWS
 * CLI refuses `--profile default` otherwise.
 */
export function toConfigFile({ profiles, port, helper }: ConfigFileFacts): string {
  const [byDefault] = Object.values(profiles).filter(({ isDefault }) => isDefault)
  const named = Object.entries(profiles).filter(([target]) => target !== DEFAULT_TARGET)
  return [
    ...(byDefault === undefined ? [] : [toSection('default', [], byDefault)]),
    ...named.map(([target, profile]) =>
      toSection(
        `profile ${target}`,
        [`credential_process = ${helper} ${String(port)} ${target}`],
        profile,
      ),
    ),
  ].join('\n')
}

function toSection(name: string, lines: readonly string[], { region }: Profile): string {
  const all = [`[${name}]`, ...lines, ...(region === undefined ? [] : [`region = ${region}`])]
  return all.map((line) => `${line}\n`).join('')
}
