/** The helper of profiles, from source and in the image: what it does, its size, and that it needs nothing else. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { HELPER_SOURCE } from '../../sidecar/contract.ts'
import { CASES } from '../helper/cases.ts'
import { check } from '../helper/check.ts'
import {
  buildHelper,
  inEmptyRoot,
  OWN_ARCHITECTURE,
  SOURCE,
  type Architecture,
} from '../helper/program.ts'
import { BUILDAH } from './base-images.ts'
import { run } from './command.ts'
import { IMAGES } from './images.ts'

const SIZE_LIMIT_BYTES = 3_000_000
const ARCHITECTURES: readonly Architecture[] = ['amd64', 'arm64']

let folder = ''
const fileOf = (architecture: Architecture) => join(folder, architecture)

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolechain-helper-'))
  for (const architecture of ARCHITECTURES) await buildHelper(architecture, fileOf(architecture))
})

after(() => rm(folder, { recursive: true, force: true }))

suite('the helper', { concurrency: 4 }, () => {
  for (const given of CASES)
    test(given.name, () => check(inEmptyRoot(fileOf(OWN_ARCHITECTURE)), given))
})

async function hashOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
}

for (const architecture of ARCHITECTURES) {
  test(`the helper for ${architecture} is small and needs no library`, async () => {
    const file = fileOf(architecture)
    const { size } = await stat(file)
    process.stdout.write(`The helper for ${architecture} has ${size} bytes.\n`)
    assert.ok(size < SIZE_LIMIT_BYTES, `it has ${size} bytes`)
    assert.equal(readInterpreter(await readFile(file)), undefined)
  })

  test(`the helper for ${architecture} has the same bytes in another folder, with an empty cache`, async () => {
    const source = join(folder, `source-${architecture}`)
    await cp(SOURCE, source, { recursive: true })
    const file = join(folder, `again-${architecture}`)
    await buildHelper(architecture, file, { source, cache: join(folder, `cache-${architecture}`) })
    assert.equal(await hashOf(file), await hashOf(fileOf(architecture)))
  })
}

const PROGRAM_HEADER_INTERPRETER = 3

/** The program that would have to load it, of a 64-bit ELF file's program headers; a static one has none. */
function readInterpreter(file: Buffer): string | undefined {
  assert.equal(file.toString('latin1', 1, 4), 'ELF')
  const [start, size, count] = [
    Number(file.readBigUInt64LE(32)),
    file.readUInt16LE(54),
    file.readUInt16LE(56),
  ]
  for (let header = start; header < start + size * count; header += size)
    if (file.readUInt32LE(header) === PROGRAM_HEADER_INTERPRETER) {
      const offset = Number(file.readBigUInt64LE(header + 8))
      return file.toString('latin1', offset, offset + Number(file.readBigUInt64LE(header + 32)))
    }
  return undefined
}

test("the sidecar's image has it, for everybody to read and to run, and the same bytes", async () => {
  const container = (await run([...BUILDAH, 'from', IMAGES.sidecar])).trim()
  try {
    const root = (await run([...BUILDAH, 'mount', container])).trim()
    const file = join(root, HELPER_SOURCE)
    assert.equal(await hashOf(file), await hashOf(fileOf(OWN_ARCHITECTURE)))
    assert.equal((await stat(file)).mode & 0o555, 0o555)
    assert.match(await readFile(`${file}.LICENSE`, 'utf8'), /The Go Authors/u)
  } finally {
    await run([...BUILDAH, 'rm', container])
  }
})

test("the helper's source is as gofmt and go vet want it", async () => {
  assert.equal(await run(['gofmt', '-l', SOURCE]), '')
  await run(['go', '-C', SOURCE, 'vet', '.'])
})
