// Bundles the console's page: node bundle.mjs FOLDER. Installs what the lock file names first, where that is not installed yet.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('.', import.meta.url));
const output = process.argv[2];
const lock = join(web, '.install.lock');
const staleAfter = 10 * 60 * 1000;

if (!output) {
  throw new Error('error: node bundle.mjs FOLDER');
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  throw new Error(`Node.js ${process.versions.node} is too old: install version 20 or later.`);
}

// npm writes this last: an install that was interrupted does not have it.
function isInstalled() {
  const finished = join(web, 'node_modules', '.package-lock.json');
  return existsSync(finished) && statSync(finished).mtimeMs >= statSync(join(web, 'package-lock.json')).mtimeMs;
}

// Two builds may come at the same time: one of them installs.
async function withLock(work) {
  while (true) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        throw error;
      }

      if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > staleAfter) {
        rmSync(lock, { recursive: true, force: true });
      }

      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  try {
    work();
  } finally {
    rmdirSync(lock);
  }
}

function install() {
  if (!isInstalled()) {
    const windows = process.platform === 'win32';
    execFileSync(windows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: web,
      shell: windows,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}

if (!isInstalled()) {
  await withLock(install);
}

const { build } = await import('esbuild');
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
await build({
  absWorkingDir: web,
  entryPoints: { app: 'src/main.tsx', style: 'src/style.css' },
  outdir: output,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  assetNames: '[name]',

  // Every browser that runs the page takes the first form of a font, WOFF2.
  loader: { '.woff2': 'file', '.woff': 'empty' },
  legalComments: 'none',
  logLevel: 'warning',
});
for (const file of readdirSync(join(web, 'src', 'static'))) {
  copyFileSync(join(web, 'src', 'static', file), join(output, file));
}

execFileSync(process.execPath, [join(web, 'node_modules', 'typescript', 'bin', 'tsc'), '--noEmit', '-p', web], { stdio: 'inherit' });
