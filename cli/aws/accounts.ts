/** Who the person is in each AWS account: by a profile that is named for it, else by the default credentials. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers'
import { toSentence } from '../../log/error-text.ts'
import { unreachable, usedWrongly } from '../output/exit-codes.ts'

/** What clients of the SDK are made with. */
export type Credentials = ReturnType<typeof fromIni>

async function readAccount(credentials: Credentials, region: string): Promise<string> {
  const sts = new STSClient({ region, credentials })
  try {
    return (await sts.send(new GetCallerIdentityCommand())).Account ?? ''
  } finally {
    sts.destroy()
  }
}

/** Credentials for an AWS account, or why there are none. */
export type Access =
  | { readonly kind: 'credentials'; readonly credentials: Credentials }
  | { readonly kind: 'none'; readonly why: string }

async function byProfile(accountId: string, profile: string, region: string): Promise<Access> {
  const credentials = fromIni({ profile })
  const account = await readAccount(credentials, region).catch((error: unknown) => {
    throw unreachable(`AWS account ${accountId} cannot be read with profile ${profile}`, error)
  })
  if (account === accountId) return { kind: 'credentials', credentials }
  throw usedWrongly(
    `Profile ${profile} is of AWS account ${account}, and --profile names it for ${accountId}.`,
  )
}

/** The AWS account of the default credentials, or why there is none. */
type Defaults = { readonly account: string } | { readonly why: string }

/** Finds the way into AWS accounts; the default credentials are asked once. */
export function createAccess(profiles: ReadonlyMap<string, string>) {
  const defaults = fromNodeProviderChain()
  let asked: Promise<Defaults> | undefined
  const readDefaults = (region: string): Promise<Defaults> =>
    (asked ??= readAccount(defaults, region).then(
      (account) => ({ account }),
      (error: unknown) => ({ why: toSentence(error) }),
    ))
  return async (accountId: string, region: string): Promise<Access> => {
    const profile = profiles.get(accountId)
    if (profile !== undefined) return byProfile(accountId, profile, region)
    const found = await readDefaults(region)
    if ('account' in found && found.account === accountId)
      return { kind: 'credentials', credentials: defaults }
    const reason =
      'account' in found
        ? `the default credentials are of AWS account ${found.account}`
        : `there are no default credentials (${found.why})`
    const why = `AWS account ${accountId} was not read: ${reason}; name a profile with --profile ${accountId}=NAME.`
    return { kind: 'none', why }
  }
}
