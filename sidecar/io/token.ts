/** Reads the STS token, right before it is used: the kubelet replaces it during a pod's life, so that nothing of it is kept. */
import { readFile } from 'node:fs/promises'
import type { FailureCode } from '../core/errors.ts'
import { errorCode } from './error-code.ts'

/** The token, or why there is none. */
export type StsToken =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'missing'; readonly code: FailureCode; readonly detail: string }

/** Never rejects. `detail` names the file and never holds a part of it. */
export async function readStsToken(path: string): Promise<StsToken> {
  try {
    const token = (await readFile(path, 'utf8')).trim()
    if (token === '') return { kind: 'missing', code: 'token_empty', detail: path }
    // What is not a token at all is not sent: it might be another secret. Whether a token is good is for STS to say.
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
      return { kind: 'missing', code: 'token_malformed', detail: path }
    }
    return { kind: 'token', token }
  } catch (error) {
    const systemCode = errorCode(error)
    const isMissing = systemCode === 'ENOENT' || systemCode === 'ENOTDIR'
    const code = isMissing ? 'token_missing' : 'token_unreadable'
    return { kind: 'missing', code, detail: `${path}: ${systemCode}` }
  }
}
