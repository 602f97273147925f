/**
 * The files that SDKs read by themselves, where a volume brings them: `.aws/credentials` and `.aws/config` in the home
 * of whoever runs the container, which may be any folder. What the image brings cannot be seen.
 */
import {
  isObject,
  objectAt,
  readObjectsAt,
  textAt,
  toText,
  type JsonObject,
} from '../../formats/json.ts'
import { toPlainPath } from '../../formats/paths.ts'
import type { Mount, Volume } from '../../pod/pod.ts'

/** `certain` where the volume is there for such files, `possible` where it may bring them. */
export type Certainty = 'certain' | 'possible'

/** Judges the mounts of one pod's containers; what is known of its volumes is found out once. */
export type SharedFileJudge = (mount: Mount) => Certainty | null

interface Contents {
  /** Files by their path inside the volume. */
  readonly paths: ReadonlySet<string>
  readonly hasHome: boolean
  /** There may be more than `paths`. */
  readonly isOpen: boolean
  /** Nothing is in it, until somebody in the pod writes there. */
  readonly isEmptyAtFirst: boolean
  /** The pod starts without the files too. */
  readonly isOptional: boolean
}

/** Volumes, and sources of projected ones, that may say which files they bring. */
const ITEMISED = ['secret', 'configMap', 'downwardAPI']

const FILES = ['credentials', 'config'] as const
const IN_HOME = /(?:^|\/)\.aws\/(?:credentials|config)$/
const FOLDER = /\/\.aws$/
/** Of the first boto, which boto3 still reads; it holds credentials seldom. */
const BOTO_FILE = /^\/etc\/boto\.cfg$|\/\.boto$/

/**
 *   the mount stands at                | and its volume                                | judgement
 *   ---------------------------------- | --------------------------------------------- | ---------
 *   `…/.aws/credentials` or `/config`  | is not empty at first, and may have the file   | certain
 *   `…/.aws`                           | is empty at first                              | possible
 *   `…/.aws`                           | has, or may have, one of the two files         | certain
 *   `…/.boto`, `/etc/boto.cfg`         | is not empty at first                          | possible
 *   anywhere                           | is known to have such a file in a `.aws`       | certain
 *
 * Where the volume's source is optional, `certain` is `possible`.
 */
export function createSharedFileJudge(volumes: readonly Volume[]): SharedFileJudge {
  const withHomes = new Set(volumes.filter(({ raw }) => mayBringHome(raw)).map(({ name }) => name))
  const known = new Map<string, Contents>()
  let byName: ReadonlyMap<string, Volume> | undefined
  const contentsOf = (name: string) => {
    byName ??= new Map(volumes.map((volume) => [volume.name, volume]))
    const contents = known.get(name) ?? readContents(byName.get(name)?.raw)
    known.set(name, contents)
    return contents
  }
  return (mount) =>
    IS_NAMED.test(mount.path) || withHomes.has(mount.volume) ? judgeMount(mount, contentsOf) : null
}

/** Nearly no mount is at such a path, and nearly no volume names such a file: most are not looked at any closer. */
const IS_NAMED = /\.aws|boto/

function mayBringHome(volume: JsonObject): boolean {
  return (
    namesHome(volume) ||
    readObjectsAt(objectAt(volume, 'projected'), 'sources', namesHome).includes(true)
  )
}

function namesHome(parent: JsonObject): boolean {
  return ITEMISED.some((kind) =>
    readObjectsAt(objectAt(parent, kind), 'items', (item) =>
      textAt(item, 'path').includes('.aws'),
    ).includes(true),
  )
}

function judgeMount(mount: Mount, contentsOf: (volume: string) => Contents): Certainty | null {
  const path = toPlainPath(mount.path)
  const contents = contentsOf(mount.volume)
  if (!mayBringFile(path, mount, contents)) return null
  const { isEmptyAtFirst, isOptional } = contents
  return isEmptyAtFirst || isOptional || BOTO_FILE.test(path) ? 'possible' : 'certain'
}

function mayBringFile(path: string, mount: Mount, contents: Contents): boolean {
  if (FOLDER.test(path)) return FILES.some((file) => brings(contents, mount, file))
  // A volume that is empty at first can be no file.
  return IN_HOME.test(path) || BOTO_FILE.test(path)
    ? !contents.isEmptyAtFirst && brings(contents, mount, '')
    : bringsHome(contents, mount)
}

/** Says whether the file, by its path below the mount, may be there. */
function brings({ paths, isOpen }: Contents, { raw }: Mount, file: string): boolean {
  return isOpen || textAt(raw, 'subPathExpr') !== '' || paths.has(inside(raw, file))
}

function bringsHome({ paths, hasHome }: Contents, { raw }: Mount): boolean {
  if (!hasHome || textAt(raw, 'subPath') === '') return hasHome
  return FILES.some((file) => paths.has(inside(raw, `.aws/${file}`)))
}

/** The path inside the volume of a file below the mount; of the mount itself where the file has no name. */
function inside(mount: JsonObject, file: string): string {
  const subPath = textAt(mount, 'subPath')
  if (subPath === '') return file
  return toPlainPath(`/${subPath}/${file}`).slice(1)
}

const OPEN: Contents = {
  paths: new Set(),
  hasHome: false,
  isOpen: true,
  isEmptyAtFirst: false,
  isOptional: false,
}

function readContents(volume: JsonObject | undefined): Contents {
  if (volume === undefined) return OPEN
  if (isObject(volume['emptyDir']) || isObject(volume['ephemeral'])) {
    return { ...OPEN, isEmptyAtFirst: true }
  }
  const sources = readSources(volume)
  if (sources.length === 0) return OPEN
  const paths = sources
    .flatMap(({ files }) => files ?? [])
    .map((path) => toPlainPath(`/${path}`).slice(1))
  return {
    paths: new Set(paths),
    hasHome: paths.some((path) => IN_HOME.test(path)),
    isOpen: sources.some(({ files }) => files === null),
    isEmptyAtFirst: false,
    isOptional: sources.every(({ isOptional }) => isOptional),
  }
}

interface Source {
  /** Null when all keys of an object become files: admission does not see their names. */
  readonly files: readonly string[] | null
  readonly isOptional: boolean
}

function readSources(volume: JsonObject): readonly Source[] {
  const own = toSources(volume)
  return own.length > 0
    ? own
    : readObjectsAt(objectAt(volume, 'projected'), 'sources', toSources).flat()
}

/**
 * A Secret is a `secret` in a volume of its own and in a projected one; what each of them may say is the same but for
 * the name.
 */
function toSources(parent: JsonObject): readonly Source[] {
  return [...ITEMISED, 'serviceAccountToken', 'clusterTrustBundle']
    .filter((kind) => isObject(parent[kind]))
    .map((kind): Source => {
      const source = objectAt(parent, kind)
      const items = readObjectsAt(source, 'items', (item) => textAt(item, 'path'))
      const path = toText(source['path'])
      const files = path === '' ? items : [path]
      return {
        files: files.length === 0 && (kind === 'secret' || kind === 'configMap') ? null : files,
        isOptional: source['optional'] === true,
      }
    })
}
