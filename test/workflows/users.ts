/**
 * IAM users of the pages: their access keys in the strict AWS, and the shell of whoever reads the pages. In it the AWS
 * CLI has a profile for each user, and finds AWS under its true names.
 */
import { createHash } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { PYTHON_SDKS } from '../sdks/python.ts'
import type { Page, PageUser } from './page.ts'

const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The same in every run. */
interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

function toKeys(arn: string): Keys {
  const hash = createHash('sha256').update(arn).digest()
  const letters = [...hash.subarray(0, 16)].map((byte) => BASE_32[byte % 32])
  return {
    accessKeyId: `AKIA${letters.join('')}`,
    secretAccessKey: hash.toString('base64').slice(0, 40),
  }
}

function nameOf(arn: string): string {
  return arn.replace(/^.*:user\//, '')
}

/** Users of one AWS account as the configuration of the strict AWS has them. */
export function toUsers(accountId: string, users: readonly PageUser[]): object {
  const own = users.filter(({ arn }) => arn.includes(`::${accountId}:user/`))
  const names = [...new Set(own.map(({ arn }) => arn))]
  return Object.fromEntries(
    names.map((arn) => {
      const permissionPolicies = own.filter((one) => one.arn === arn).map((one) => one.document)
      return [nameOf(arn), { ...toKeys(arn), permissionPolicies }]
    }),
  )
}

/** The file of the AWS CLI with a profile for each user, by the user's name. */
export function toProfiles(users: readonly PageUser[]): string {
  const arns = [...new Set(users.map(({ arn }) => arn))]
  return arns
    .map((arn) => {
      const { accessKeyId, secretAccessKey } = toKeys(arn)
      return [
        `[${nameOf(arn)}]`,
        `aws_access_key_id = ${accessKeyId}`,
        `aws_secret_access_key = ${secretAccessKey}`,
        'region = us-east-1\n',
      ].join('\n')
    })
    .join('\n')
}

/** The AWS CLI v1, by its usual name. */
async function addCli(bin: string): Promise<void> {
  const [python = ''] =
    (await PYTHON_SDKS.find(({ name }) => name === 'aws-cli-v1')?.install()) ?? []
  const program = join(bin, 'aws')
  await mkdir(bin)
  await writeFile(program, `#!/bin/sh\nexec ${python} -m awscli "$@"\n`)
  await chmod(program, 0o755)
}

/** Where programs are, and AWS. */
interface Way {
  /** As `PATH`. */
  readonly path: string
  /** `http://127.0.0.1:port`. */
  readonly proxy: string
  /** File of the authority that signed the certificates of AWS. */
  readonly authority: string
}

/** Variables of the reader's shell; its files are written into `folder`. */
export async function makeReader(
  folder: string,
  pages: readonly Page[],
  { path, proxy, authority }: Way,
): Promise<Record<string, string>> {
  const bin = join(folder, 'reader')
  await addCli(bin)
  const profiles = join(folder, 'credentials')
  await writeFile(profiles, toProfiles(pages.flatMap(({ users }) => users)), { mode: 0o600 })
  return {
    PATH: [bin, path].join(delimiter),
    AWS_SHARED_CREDENTIALS_FILE: profiles,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_CA_BUNDLE: authority,
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    HTTPS_PROXY: proxy,
    // Clusters of the kit.
    NO_PROXY: '10.0.0.0/8,127.0.0.1,localhost',
  }
}
