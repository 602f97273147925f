/**
 * Reads the STS token, right before it is used: the kubelet replaces it during a pod's life, so that nothing of it is
 * kept.
 */
import { open } from 'node:fs/promises'
import { decodeJwt } from 'jose/jwt/decode'
import type { FailureCode } from '../../core/failures/errors.ts'
import { readClaims, type TokenClaims } from '../../core/failures/token-claims.ts'
import { errorCode } from '../error-code.ts'

/** The token, or why there is none that could be sent. */
export type StsToken =
  | { readonly kind: 'token'; readonly token: string; readonly claims: TokenClaims }
  | {
      readonly kind: 'missing'
      readonly code: FailureCode
      readonly detail: string
      /** Of a token that has expired. */
      readonly claims?: TokenClaims
    }

/**
 * The longest that STS takes (API reference of AssumeRoleWithWebIdentity); one of the kubelet has some 1,000
 * characters.
 */
const TOKEN_LIMIT = 20_000

/** Never rejects. `detail` names the file and never holds a part of it. */
export async function readStsToken(path: string, nowMs: number): Promise<StsToken> {
  try {
    return judgeToken((await readStart(path)).trim(), { place: path, nowMs })
  } catch (error) {
    const systemCode = errorCode(error)
    const isMissing = systemCode === 'ENOENT' || systemCode === 'ENOTDIR'
    const code = isMissing ? 'token_missing' : 'token_unreadable'
    return { kind: 'missing', code, detail: `${path}: ${systemCode}` }
  }
}

/** As much of a file as could be a token: what is mounted there may be anything. */
async function readStart(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TOKEN_LIMIT + 2))
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * Text that is no token is not sent: it might be another secret. A token that has expired is not sent either. STS
 * judges the rest. `place` says where it is from.
 */
export function judgeToken(
  token: string,
  { place, nowMs }: { place: string; nowMs: number },
): StsToken {
  if (token === '') return { kind: 'missing', code: 'token_empty', detail: place }
  const claims = decode(token)
  if (claims === undefined) return { kind: 'missing', code: 'token_malformed', detail: place }
  if (claims.expiresAtMs !== undefined && claims.expiresAtMs <= nowMs) {
    return { kind: 'missing', code: 'token_expired', detail: `${place}, not sent`, claims }
  }
  return { kind: 'token', token, claims }
}

function decode(token: string): TokenClaims | undefined {
  if (token.length > TOKEN_LIMIT || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined
  try {
    return readClaims(decodeJwt(token))
  } catch {
    return undefined
  }
}
