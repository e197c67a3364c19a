export const policies = {
  InstallationPolicy: () => import('#policies/installation_policy'),
  MailPolicy: () => import('#policies/mail_policy'),
  VaultPolicy: () => import('#policies/vault_policy'),
}

