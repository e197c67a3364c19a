import type { I18n } from '@adonisjs/i18n'

/** Says in words how long somebody has to wait who tried too often. */
export function waitText(i18n: I18n, seconds: number): string {
  const wait =
    seconds < 60
      ? i18n.t('accounts.seconds', { count: seconds })
      : i18n.t('accounts.minutes', { count: Math.ceil(seconds / 60) })
  return i18n.t('accounts.wait', { wait })
}
