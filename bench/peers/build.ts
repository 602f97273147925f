/** Bundles the peers as the programs are bundled, so that both sides of a comparison start and run alike. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Writes `http.cjs` and `https.cjs` into `folder`. */
export async function buildPeers(folder: string): Promise<void> {
  await build({
    entryPoints: ['http.ts', 'https.ts'].map((name) =>
      fileURLToPath(new URL(name, import.meta.url)),
    ),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
  })
}
