/** The servers and the browser that the tests run against: Debian packages, found by a file each brings. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'

const PACKAGES = {
  'redis-server': () => existsSync('/usr/bin/redis-server'),
  'clamav-daemon': () => existsSync('/usr/sbin/clamd'),
  'clamdscan': () => existsSync('/usr/bin/clamdscan'),
  'clamav-testfiles': () => existsSync('/usr/share/clamav-testfiles'),
  'postfix': () => existsSync('/usr/lib/postfix/sbin/master'),
  'dovecot-imapd': () => existsSync('/usr/lib/dovecot/imap'),
  'postgresql': () =>
    existsSync('/usr/lib/postgresql') && readdirSync('/usr/lib/postgresql').length > 0,
  'chromium-headless-shell': () => existsSync('/usr/bin/chromium-headless-shell'),
  'nginx-light': () => existsSync('/usr/sbin/nginx'),
  'strace': () => existsSync('/usr/bin/strace'),
  'systemd': () => existsSync('/usr/bin/systemd-analyze'),
  'swaks': () => existsSync('/usr/bin/swaks'),
  'oathtool': () => existsSync('/usr/bin/oathtool'),
  'thunderbird': () => existsSync('/usr/bin/thunderbird'),
}

/** Debian asks this program before it starts a service; 101 means no. */
const POLICY = '/usr/sbin/policy-rc.d'

/**
 * Installs the packages that are missing when we are root on Debian.
 *
 * @throws Error that names the missing packages where they cannot be installed
 */
export function installDebianPackages() {
  const missing = missingPackages()
  if (missing.length === 0) return
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) aptGet(missing)
  const still = missingPackages()
  if (still.length > 0) {
    throw new Error(
      `The tests need these packages: ${still.join(' ')}. ` +
        `On Debian: sudo apt-get install --no-install-recommends ${still.join(' ')}`
    )
  }
}

function missingPackages() {
  return Object.keys(PACKAGES).filter((name) => !PACKAGES[name]())
}

function aptGet(packages) {
  console.log(`Installing ${packages.join(' ')} …`)
  const ownPolicy = !existsSync(POLICY)
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
      const run = spawnSync('apt-get', ['-q', ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        encoding: 'utf8',
      })
      if (run.status !== 0) console.error(run.stdout, run.stderr)
    }
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true })
  }
}
