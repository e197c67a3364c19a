import {
  SecondFactors,
  OwnerNotices,
  Sessions,
  PasswordResets,
  Passkeys,
  Profile,
  Devices,
} from '#accounts'
import { Post } from '#post'
import { freshAccounts, type Place } from './fresh_accounts.ts'

export const visit = {
  agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  network: '203.0.113.0/24',
}

/** Everything about an account's sign-in, on a database of its own, and one account. */
export async function freshFactors(place: Place) {
  const house = await freshAccounts(place)
  const { db, hash, ledger, now } = house
  const appUrl = 'https://tresor.firm.example'
  const notices = new OwnerNotices({
    ...{ post: new Post({ db, now }), appUrl, now },
    timeZone: 'Europe/Berlin',
    language: 'de',
  })
  // Stands for the application's encryption: what was sealed under another key does not open.
  const key = { name: 'first' }
  const seal = {
    seal: (text: string) => `${key.name}:${Buffer.from(text).toString('base64')}`,
    open: (sealed: string) =>
      sealed.startsWith(`${key.name}:`)
        ? Buffer.from(sealed.slice(key.name.length + 1), 'base64').toString()
        : null,
  }
  const sessions = new Sessions({ db, now })
  const factors = new SecondFactors({ db, ledger, notices, seal, now })
  const more = { db, hash, ledger, notices, sessions, now }
  const account = await house.accounts.createUser(house.person(), 'command line')

  return {
    ...house,
    account,
    factors,
    key,
    sessions,
    appUrl,
    passkeys: new Passkeys({ db, ledger, notices, factors, appUrl, now }),
    resets: new PasswordResets(more),
    profile: new Profile(more),
    devices: new Devices({ db, notices, now }),
    /** Kinds of the mails to account owners so far. */
    async told() {
      const rows: { kind: string }[] = await db.from('outbox').orderBy('queued_at').select('kind')
      return rows.map((row) => row.kind)
    },
    /** What the owner's app would show. */
    async enrol() {
      const proposal = factors.propose()
      const { secret, uri, image } = await factors.show(account, proposal)
      return { proposal, secret: secret.replaceAll(' ', ''), uri, image }
    },
  }
}
