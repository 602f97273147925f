/** Runs a case of the helper against an endpoint that does what the case says. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { endpointTokenFolder, TOKEN_FILE } from '../../sidecar/contract.ts'
import { findFreePort } from '../../stand-ins/ports.ts'
import { TOKEN, toRequest, type HelperCase, type Turn } from './cases.ts'

/** The command that is the helper, in the container whose `/` is `root`. */
export type Helper = (root: string, isShell: boolean) => Promise<readonly string[]>

/** So long is a sidecar away that has crashed. */
const RESTART_MS = 700

export async function check(helper: Helper, given: HelperCase): Promise<void> {
  const { token = TOKEN, turns, words = (port: number) => [String(port), 'dev'] } = given
  const root = await mkdtemp(join(tmpdir(), 'rolechain-helper-'))
  const port = await findFreePort()
  const endpoint = createEndpoint(turns)
  try {
    if (token !== null) await writeToken(root, token)
    const command = [...(await helper(root, given.isShell === true)), ...words(port)]
    if (turns.length > 0 && given.isRestarting !== true) await endpoint.listen(port)
    const running = run(command)
    if (given.isRestarting === true) setTimeout(() => void endpoint.listen(port), RESTART_MS)
    const outcome = await running
    const { expected } = given
    assert.deepEqual(
      outcome,
      'stdout' in expected
        ? { code: 0, stdout: expected.stdout, stderr: '' }
        : { code: 1, stdout: '', stderr: `${expected.problem(port)}\n` },
    )
    const heard = Math.min(turns.length, 2)
    assert.deepEqual(
      endpoint.requests,
      Array.from({ length: heard }, () => toRequest(port)),
    )
  } finally {
    endpoint.close()
    await rm(root, { recursive: true })
  }
}

async function writeToken(root: string, token: string): Promise<void> {
  const folder = join(root, endpointTokenFolder('dev'))
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, TOKEN_FILE), token)
}

async function run([file = '', ...args]: readonly string[]) {
  // A proxy is for others than the pod itself, and the helper takes no environment.
  const env = { PATH: process.env['PATH'] ?? '', HTTP_PROXY: 'http://127.0.0.1:1', all_proxy: '' }
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = (await once(child, 'close')) as [number | null]
  const [stdout, stderr] = await said
  return { code, stdout, stderr }
}

function createEndpoint(turns: readonly Turn[]) {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const turn = turns[sockets.size] ?? []
    const index = sockets.size
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.setEncoding('utf8').on('data', (piece: string) => {
      requests[index] = `${requests[index] ?? ''}${piece}`
      if (turn !== 'silence' && requests[index].endsWith('\r\n\r\n')) void answer(socket, turn)
    })
  })
  return {
    requests,
    listen: async (port: number) => {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Each piece is a packet of its own. */
async function answer(socket: Socket, pieces: readonly string[]): Promise<void> {
  socket.setNoDelay()
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve))
  socket.end()
}
