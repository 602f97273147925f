/** The folder of profiles on a real disk: what is in it, what takes its place, and what happens when it cannot. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type ProfileFiles, toProfileFiles } from '../../../sidecar/core/profiles.ts'
import { writeProfileFiles, type WrittenFiles } from '../../../sidecar/io/profile-files.ts'
import { type CollectedLog, collectLog } from '../collected-log.ts'
import { createVirtualTime, type VirtualTime } from '../virtual-time.ts'

const HELPER = '#!/bin/sh\necho "$@"\n'

let root: string
let folder: string
let files: ProfileFiles
let time: VirtualTime
let collected: CollectedLog
let mended: number

function write(): WrittenFiles {
  return writeProfileFiles({
    files,
    clock: time,
    log: collected.log,
    onMended: () => {
      mended += 1
    },
  })
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rolechain-test-'))
  folder = join(root, 'opt/rolechain.io')
  const found = toProfileFiles({ port: 7755, profiles: { app: { dev: {}, stg: {} } } }, root)
  assert(found)
  files = found
  mkdirSync(join(root, 'app'))
  writeFileSync(files.helperSource, HELPER, { mode: 0o500 })
  mkdirSync(folder, { recursive: true })
  time = createVirtualTime()
  collected = collectLog()
  mended = 0
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

const modeOf = (path: string) => statSync(path).mode & 0o777

/** All that is in the folder, by path; links as their destination. */
function contents(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        const text = entry.isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'utf8')
        return [path.slice(folder.length + 1), text]
      }),
  )
}

function expected(helper = HELPER): Readonly<Record<string, string>> {
  return {
    credentials: helper,
    'bin/sh': '../credentials',
    'app.config': Object.values(files.configFiles)[0] ?? '',
  }
}

describe('the files of profiles', () => {
  it('are a helper that everybody may run, a link to it, and what everybody may read', () => {
    const umask = process.umask(0o077)
    try {
      assert.equal(write().problem(), undefined)
    } finally {
      process.umask(umask)
    }
    assert.deepEqual(contents(), expected())
    assert.equal(modeOf(files.helper), 0o555)
    for (const path of Object.keys(files.configFiles)) assert.equal(modeOf(path), 0o444)
    assert.deepEqual(collected.events(), ['profiles_written'])
    assert.equal(execFileSync(files.shell, ['7755', 'dev'], { encoding: 'utf8' }), '7755 dev\n')
  })

  it('can be reached by everybody, whatever the umask is', () => {
    const umask = process.umask(0o077)
    try {
      write()
    } finally {
      process.umask(umask)
    }
    assert.equal(modeOf(join(folder, 'bin')), 0o755)
  })

  it('are the same after a restart', () => {
    write()
    assert.equal(write().problem(), undefined)
    assert.deepEqual(contents(), expected())
  })

  it('take the place of what another version has left, and of what a killed run has left half', () => {
    write()
    rmSync(files.helperSource)
    writeFileSync(files.helperSource, 'newer')
    for (const path of [files.helper, ...Object.keys(files.configFiles)]) {
      chmodSync(path, 0o400)
      const [, name = ''] = /([^/]+)$/.exec(path) ?? []
      writeFileSync(join(folder, `.${name}.next`), 'half', { mode: 0o400 })
    }
    rmSync(files.shell)
    symlinkSync('/bin/false', files.shell)
    symlinkSync('/bin/false', join(folder, 'bin/.sh.next'))
    assert.equal(write().problem(), undefined)
    assert.deepEqual(contents(), expected('newer'))
  })

  it('leave a helper that runs alone: it goes on as what it was', () => {
    write()
    const before = statSync(files.helper).ino
    write()
    assert.notEqual(statSync(files.helper).ino, before)
  })

  it('are nothing where no container has profiles', () => {
    const options = { clock: time, log: collected.log, onMended: () => assert.fail() }
    assert.equal(writeProfileFiles({ files: undefined, ...options }).problem(), undefined)
    assert.deepEqual(collected.events(), [])
    assert.deepEqual(contents(), {})
  })
})

describe('when they cannot be written', () => {
  it('a helper that is not in the image is told once, and what stands there stays', async () => {
    write()
    rmSync(files.helperSource)
    const written = write()
    assert.match(written.problem() ?? '', /^The helper .* \(ENOENT\); let webhook and sidecar/)
    assert.deepEqual(contents(), expected())
    await time.pass(60_000)
    assert.deepEqual(collected.events(), ['profiles_written', 'profiles_not_written'])
    assert.equal(collected.lines()[1]?.['message'], written.problem())
    written.stop()
  })

  it('it is tried again, and those who wait are told when all is there', async () => {
    rmSync(folder, { recursive: true })
    // As unwritable as a read-only root, for a test that runs as root too.
    writeFileSync(folder, '')
    const written = write()
    assert.match(
      written.problem() ?? '',
      /^The file .*\/credentials, which profiles need, cannot be written \((?:EEXIST|ENOTDIR)\); .* volume rolechain-profiles/,
    )
    rmSync(folder)
    await time.pass(10_000)
    assert.equal(written.problem(), undefined)
    assert.equal(mended, 1)
    assert.deepEqual(contents(), expected())
    assert.deepEqual(collected.events(), ['profiles_not_written', 'profiles_written'])
    await time.pass(60_000)
    assert.equal(mended, 1)
  })

  it('what was there is whole, and nothing half stays beside it', () => {
    write()
    const [config = ''] = Object.keys(files.configFiles)
    rmSync(config)
    // A folder in its place cannot be replaced by a file.
    mkdirSync(join(config, 'x'), { recursive: true })
    const written = write()
    assert.match(written.problem() ?? '', /app\.config, .*\((?:EISDIR|ENOTEMPTY|EEXIST)\)/)
    assert.deepEqual(contents(), { credentials: HELPER, 'bin/sh': '../credentials' })
    written.stop()
  })
})
