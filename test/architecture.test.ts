/**
 * The shape of the programs: no circles of imports, and a wall around what is pure. The linter sees neither types nor
 * whole rooms.
 */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, matchesGlob } from 'node:path'
import { describe, it } from 'node:test'
import { readRooms, ROOMS } from '../docs/rooms.ts'
import { betweenRooms, findCircle, readImports } from './imports.ts'

const imports = readImports(['webhook', 'sidecar', 'cli', 'iam', 'log'])

/** What takes long to load stands in one room of the command, which is loaded where it is needed. */
const ONLY_IN = {
  'cli/cluster/': ['@kubernetes/client-node'],
  'cli/aws/': ['@aws-sdk/', '@smithy/'],
} as const

const isContract = (file: string) => file === 'sidecar/contract.ts'
/** The globs for which the linter forbids clock, disk and network. */
const pureGlobs: readonly string[] = JSON.parse(
  readFileSync('.oxlintrc.json', 'utf8'),
).overrides.find((override: { rules: object }) => 'no-restricted-globals' in override.rules).files
const isPure = (file: string) =>
  isContract(file) || pureGlobs.some((glob) => matchesGlob(file, glob))

describe('imports', () => {
  it('are in no circle, types included', () => {
    assert.equal(findCircle(imports), null)
    assert.ok(imports.size > 150)
  })

  it('are in no circle between rooms either', () => {
    assert.equal(findCircle(readRooms()), null)
  })

  it('lead from pure files to pure files only', () => {
    const leaks = [...imports].flatMap(([file, imported]) =>
      isPure(file)
        ? [...imported].filter((other) => !isPure(other)).map((other) => [file, other])
        : [],
    )
    assert.deepEqual(leaks, [])
  })

  it('lead from one program to the other by the contract and the shape of logs only', () => {
    const crossing = [...imports].flatMap(([file, imported]) =>
      [...imported].filter(
        (other) =>
          programOf(file) !== 'cli' &&
          programOf(other) !== programOf(file) &&
          programOf(other) !== 'log' &&
          !isContract(other),
      ),
    )
    assert.deepEqual(crossing, [])
  })

  it('lead from the command to what decides in the others only, and from nobody to the command', () => {
    const mayImport =
      /^(?:cli|iam|log|webhook\/core|webhook\/command-line|sidecar\/core)\/|^sidecar\/contract\.ts$/
    // To walk a chain for real it takes the calls of the sidecar as they are.
    const walks = /^sidecar\/io\/sts\/(?:sts|token|walk)\.ts$/
    const leaving = [...imports.entries()].flatMap(([file, imported]) =>
      programOf(file) === 'cli'
        ? [...imported].filter(
            (other) =>
              !mayImport.test(other) && !(file === 'cli/aws/walk-live.ts' && walks.test(other)),
          )
        : [],
    )
    assert.deepEqual(leaving, [])
  })

  for (const [room, packages] of Object.entries(ONLY_IN)) {
    it(`of ${packages.join(' and ')} in the command stand in ${room} only`, () => {
      const pattern = new RegExp(`(?:from|import\\()\\s*'(?:${packages.join('|')})`)
      const elsewhere = globSync('cli/**/*.ts').filter(
        (file) => !file.startsWith(room) && pattern.test(readFileSync(file, 'utf8')),
      )
      assert.deepEqual(elsewhere, [])
    })
  }
})

describe('the page of the architecture', () => {
  it('says of each room what it is for, and of no other', () => {
    assert.deepEqual(Object.keys(ROOMS).toSorted(), [...readRooms().keys()].toSorted())
  })

  it('names only files and folders that there are', () => {
    const page = readFileSync('docs/architecture.md', 'utf8').replaceAll(
      /<!-- .*-rooms:begin[^]*?end -->/g,
      '',
    )
    const paths = [...page.matchAll(/`((?!core\/`)[\w.-]+\/[\w./-]*)`/g)].map(
      ([, path = '']) => path,
    )
    assert.ok(paths.length > 60)
    assert.deepEqual(
      paths.filter((path) => !existsSync(path)),
      [],
    )
  })
})

describe('the reader of imports', () => {
  it('finds a circle between files and between rooms', () => {
    const circle = new Map([
      ['a/x', new Set(['b/x'])],
      ['b/x', new Set(['c/x'])],
      ['c/x', new Set(['b/y'])],
      ['b/y', new Set<string>()],
    ])
    assert.equal(findCircle(circle), null)
    assert.deepEqual(findCircle(betweenRooms(circle, dirname)), ['b', 'c', 'b'])
  })

  it('sees type imports', () => {
    assert.ok(imports.get('webhook/core/review/review.ts')?.has('webhook/core/review/verdict.ts'))
  })
})

function programOf(file: string): string {
  return file.slice(0, file.indexOf('/'))
}
