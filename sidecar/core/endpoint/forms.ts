/**
 * The forms in which the endpoint gives the credentials of a target, one a path, and in which it refuses there. What is
 * refused is the same for all, and decided in `reply.ts`.
 */
import { credentialsPath, endpointTokenFolder, processPath, TOKEN_FILE } from '../../contract.ts'
import type { Session } from '../session.ts'

export interface Form {
  /** The path of a target without the target. */
  readonly pathPrefix: string
  /** The body with a session. Secret. */
  readonly toBody: (session: Session) => string
  readonly refusalType: string
  /** The body of a refusal. */
  readonly toRefusalBody: (code: string, sentence: string) => string
  /** For sentences: what is to be asked, so that the path is right. */
  readonly whatToAsk: string
  /** For sentences: the file whose content is to be sent. */
  readonly tokenFileOf: (target: string) => string
}

/**
 * What SDKs ask for by themselves, as `AWS_CONTAINER_CREDENTIALS_FULL_URI` tells them. Of errors some want lower-case
 * keys, some upper-case ones.
 */
const CREDENTIALS: Form = {
  pathPrefix: credentialsPath(''),
  toBody: (session) =>
    JSON.stringify({
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      Expiration: session.expiration,
      ...accountOf(session),
    }),
  // Go and Kotlin compare the type as a whole, so it has no charset.
  refusalType: 'application/json',
  toRefusalBody: (code, sentence) =>
    JSON.stringify({ code, message: sentence, Code: code, Message: sentence }),
  whatToAsk: 'the URL that AWS_CONTAINER_CREDENTIALS_FULL_URI names, as it is',
  tokenFileOf: () => 'the file that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names',
}

/** What the program behind `credential_process` asks for, and prints as it is: the answer, or the sentence. */
const PROCESS: Form = {
  pathPrefix: processPath(''),
  toBody: (session) =>
    JSON.stringify({
      Version: 1,
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: session.expiration,
      ...accountOf(session),
    }),
  refusalType: 'text/plain; charset=utf-8',
  toRefusalBody: (_code, sentence) => `${sentence}\n`,
  whatToAsk: 'for a profile of the file that AWS_CONFIG_FILE names',
  tokenFileOf: (target) => `${endpointTokenFolder(target)}/${TOKEN_FILE}`,
}

export const FORMS = { credentials: CREDENTIALS, process: PROCESS } as const

/** The form of a path; for one that leads nowhere that of {@link FORMS.credentials}. */
export function formOf(path: string): Form {
  return Object.values(FORMS).find(({ pathPrefix }) => path.startsWith(pathPrefix)) ?? CREDENTIALS
}

/** Absent where the agent of EKS Pod Identity does not say it; SDKs take it either way. */
function accountOf({ accountId }: Session): { readonly AccountId?: string } {
  return accountId === '' ? {} : { AccountId: accountId }
}
