import type { ApplicationService } from '@adonisjs/core/types'

/** The composition root: makes the domain modules and hands them what they need. */
export default class AppProvider {
  constructor(protected app: ApplicationService) {}

  register() {}
}
