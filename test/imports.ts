/** Which files of the programs import which, type imports included; read from the TypeScript sources. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, normalize } from 'node:path'

/** Paths from the project's root, as keys and as values. Packages and modules of Node are left out. */
export type Imports = ReadonlyMap<string, ReadonlySet<string>>

const RELATIVE = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g

export function readImports(folders: readonly string[]): Imports {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`)).toSorted()
  return new Map(files.map((file) => [file, importsOf(file)]))
}

function importsOf(file: string): ReadonlySet<string> {
  const found = readFileSync(file, 'utf8').matchAll(RELATIVE)
  return new Set([...found].map(([, path]) => normalize(`${dirname(file)}/${path}`)))
}

/** The same between rooms: a room is what `roomOf` says of its files. A room's imports of itself are left out. */
export function betweenRooms(imports: Imports, roomOf: (file: string) => string): Imports {
  const rooms = new Map<string, Set<string>>()
  for (const [file, imported] of imports) {
    const room = roomOf(file)
    const others = rooms.get(room) ?? new Set()
    for (const other of imported) if (roomOf(other) !== room) others.add(roomOf(other))
    rooms.set(room, others)
  }
  return rooms
}

/** One walk that ends where it begins, or null. */
export function findCircle(imports: Imports): readonly string[] | null {
  const isDone = new Set<string>()
  const visit = (file: string, way: readonly string[]): readonly string[] | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (isDone.has(file)) return null
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...way, file])
      if (circle !== null) return circle
    }
    isDone.add(file)
    return null
  }
  for (const file of imports.keys()) {
    const circle = visit(file, [])
    if (circle !== null) return circle
  }
  return null
}
