/**
 * Which tests reach a file, and from how far: read from the import lines of the sources, and from the paths of programs
 * that tests start (`'../../sidecar/main.ts'`). Type imports do not count: nothing of them runs.
 */
import { posix } from 'node:path'

/** The text of every TypeScript file, by its path from the top of the project. */
export type Sources = ReadonlyMap<string, string>

const IMPORT = /^(?:import|export)(?!\s+type\b)(?:[^'"]*?\sfrom)?\s+'(\.{1,2}\/[^']+)'/gm
/** `import('./x.ts')`, and the path of a program, from the file itself or from the top of the project. */
const NAMED_PATH = /['"`]([\w./-]+\.ts)['"`]/g
/** `typeof import('./x.ts')` in a type names a file as well; to run a test too many does no harm. */
const TYPE_IMPORT = /^(?:import|export)\s+type\b[^'"]*?\sfrom\s+'[^']+'/gm

/** A test in the folder of the file's own is mostly quick, and one elsewhere mostly starts a program. */
const IMPORTS_A_FOLDER = 2

/**
 * The tests that reach `file`, the nearest first: by how many imports lie between, less two for each folder that a test
 * shares with where the file's own test would stand; among equally near ones that which is called like the file, then
 * by name.
 */
export function toTestsOf(
  file: string,
  importers: ReadonlyMap<string, readonly string[]>,
): string[] {
  const distances = new Map([[file, 0]])
  for (const [reached, distance] of distances)
    for (const importer of importers.get(reached) ?? [])
      if (!distances.has(importer)) distances.set(importer, distance + 1)
  const own = `test/${file.replace(/\.ts$/, '.test.ts')}`
  const rank = (test: string): number =>
    (distances.get(test) ?? 0) -
    IMPORTS_A_FOLDER * countShared(test, own) -
    (posix.basename(test) === posix.basename(own) ? 0.5 : 0)
  return [...distances.keys()]
    .filter((path) => path.endsWith('.test.ts'))
    .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
}

/** How many folders two paths share from the top on. */
function countShared(one: string, other: string): number {
  const others = other.split('/')
  const differs = one.split('/').findIndex((name, index) => name !== others[index])
  return differs === -1 ? others.length : differs
}

/** Who imports a file, for every file that somebody imports. */
export function toImporters(sources: Sources): ReadonlyMap<string, readonly string[]> {
  const importers = new Map<string, string[]>()
  for (const [path, text] of sources)
    for (const imported of toImports(path, text, sources))
      importers.set(imported, [...(importers.get(imported) ?? []), path])
  return importers
}

function toImports(path: string, text: string, sources: Sources): ReadonlySet<string> {
  const running = text.replace(TYPE_IMPORT, '')
  const names = [IMPORT, NAMED_PATH].flatMap((form) =>
    [...running.matchAll(form)].map((match) => match[1] ?? ''),
  )
  const folder = posix.dirname(path)
  const places = names.flatMap((name) => [posix.join(folder, name), posix.normalize(name)])
  return new Set(places.filter((place) => place !== path && sources.has(place)))
}
