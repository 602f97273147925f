/** The pages of `docs/workflows/`, in the order of their names. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parsePage, type Page } from './page.ts'

const FOLDER = join(import.meta.dirname, '../../docs/workflows')

/** A page as it stands. */
export interface PageText {
  readonly name: string
  readonly markdown: string
}

/** All pages as they stand, or those of these names. */
export function readPageTexts(names: readonly string[] = []): readonly PageText[] {
  const all = readdirSync(FOLDER)
    .filter((file) => file !== 'README.md')
    .toSorted()
    .map((file) => ({
      name: basename(file, '.md'),
      markdown: readFileSync(join(FOLDER, file), 'utf8'),
    }))
  const unknown = names.filter((name) => !all.some((page) => page.name === name))
  if (unknown.length > 0)
    throw new Error(
      `There is no workflow ${unknown.join(', ')}, only ${all.map(({ name }) => name).join(', ')}.`,
    )
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
}

/** All pages, or those of these names. */
export function readPages(names: readonly string[] = []): readonly Page[] {
  return readPageTexts(names).map(({ name, markdown }) => parsePage(name, markdown))
}
