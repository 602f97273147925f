/**
 * The helper of `helper/` in TypeScript, for pods that run as processes of a machine without Go: `credentials.ts ROOT
 * PORT TARGET`, where ROOT is the folder that is `/` to the container. It says and does the same; the table of
 * `test/helper/` holds both to it.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  endpointTokenFolder,
  processPath,
  TARGET_NAME,
  TOKEN_FILE,
} from '../../sidecar/contract.ts'

const USAGE =
  "Usage: credentials <port> <target>. Both are in the AWS config file that rolechain's sidecar has written for the container; a port is a number up to 65535, and a target's name has at most 32 small letters, digits and inner hyphens."

const TRY_LIMIT_MS = 900
const PAUSE_MS = 500
const RESTART_LIMIT_MS = 2500
const RESTART_PAUSE_MS = 100
const TOKEN_LIMIT_BYTES = 15 * 1024
const ANSWER_LIMIT_BYTES = 64 * 1024

/** Why there is nothing to print. */
class Problem extends Error {}

interface Wish {
  readonly root: string
  readonly port: number
  readonly target: string
}

function readWish([root = '', port = '', target = '', ...others]: readonly string[]): Wish {
  const isPort = /^\d{1,5}$/u.test(port) && Number(port) > 0 && Number(port) <= 65_535
  if (!isPort || !TARGET_NAME.test(target) || others.length > 0) throw new Problem(USAGE)
  return { root, port: Number(port), target }
}

function readToken({ root, target }: Wish): string {
  const path = join(endpointTokenFolder(target), TOKEN_FILE)
  const token = readText(join(root, path))?.replace(/[\r\n]+$/u, '')
  if (token === undefined)
    throw new Problem(
      `This container may not use the target ${target}: it has no token for it (${path}). The annotation rolechain.io/targets says which containers have it, under its containers.`,
    )
  if (!/^[!-~]+$/u.test(token) || token.length > TOKEN_LIMIT_BYTES)
    throw new Problem(
      `The file ${path} holds no token: it is empty, too large, or another file has taken its place.`,
    )
  return token
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** How a try ended. */
type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'refused' | 'late' | 'garbled' }

const WHY = {
  refused: 'does not listen; it may be restarting',
  late: 'has twice not answered within 900 ms',
  garbled: 'has twice given no whole answer in HTTP of at most 64 KiB',
} as const

async function askEndpoint(wish: Wish, token: string): Promise<string> {
  const restartEndsMs = performance.now() + RESTART_LIMIT_MS
  for (let tries = 1; ;) {
    const outcome = await askOnce(wish, token)
    if (outcome.kind === 'answered' && outcome.status === 200) return outcome.body
    if (outcome.kind === 'refused' && performance.now() < restartEndsMs) {
      await sleep(RESTART_PAUSE_MS)
      continue
    }
    if (tries === 2 || isFinal(outcome)) throw new Problem(toProblem(wish, outcome))
    tries += 1
    await sleep(PAUSE_MS)
  }
}

function isFinal(outcome: Outcome): boolean {
  return outcome.kind === 'refused' || (outcome.kind === 'answered' && outcome.status < 500)
}

function toProblem({ port, target }: Wish, outcome: Outcome): string {
  const isAnswer = outcome.kind === 'answered'
  if (isAnswer && outcome.body.trim() !== '') return outcome.body.trim()
  const why = isAnswer
    ? `answers with status ${outcome.status} and without a word`
    : WHY[outcome.kind]
  return `There are no credentials for the target ${target}: rolechain's sidecar at 127.0.0.1:${port} ${why}. See the log of the pod's container rolechain-sidecar.`
}

function askOnce({ port, target }: Wish, token: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (outcome: Outcome) => {
      clearTimeout(late)
      socket.destroy()
      resolve(outcome)
    }
    const late = setTimeout(() => end({ kind: 'late' }), TRY_LIMIT_MS)
    let answer = Buffer.alloc(0)
    socket
      .on('connect', () =>
        socket.write(
          `GET ${processPath(target)} HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${token}\r\n\r\n`,
        ),
      )
      .on('data', (piece: Buffer) => {
        answer = Buffer.concat([answer, piece])
        if (answer.length > ANSWER_LIMIT_BYTES) end({ kind: 'garbled' })
      })
      .on('end', () => end(parseAnswer(answer.toString())))
      .on('error', ({ code }: NodeJS.ErrnoException) =>
        end({ kind: code === 'ECONNREFUSED' ? 'refused' : 'garbled' }),
      )
  })
}

function parseAnswer(answer: string): Outcome {
  const [, status, body] =
    /^HTTP\/1\.\S* ([+-]?\d+)(?: .*)?\r\n(?:.+\r\n)*\r\n([^]*)$/u.exec(answer) ?? []
  if (status === undefined || body === undefined) return { kind: 'garbled' }
  return { kind: 'answered', status: Number(status), body }
}

try {
  const wish = readWish(process.argv.slice(2))
  process.stdout.write(await askEndpoint(wish, readToken(wish)))
} catch (error) {
  if (!(error instanceof Problem)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
