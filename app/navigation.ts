import router from '@adonisjs/core/services/router'

/** A place of the main navigation. `section` is what a page names as its own. */
export interface Place {
  section: string
  route: string
  label: string
  icon: string
  roles: readonly string[]
}

const places: Place[] = [
  {
    section: 'admin',
    route: 'admin.index',
    label: 'layout.admin',
    icon: 'gauge',
    roles: ['administrator'],
  },
  {
    section: 'archive',
    route: 'archive.index',
    label: 'layout.archive',
    icon: 'archive',
    roles: ['administrator', 'staff'],
  },
  {
    section: 'vaults',
    route: 'vaults.index',
    label: 'layout.vaults',
    icon: 'vault',
    roles: ['administrator', 'staff', 'client', 'auditor'],
  },
]

/** Where a role can go, with addresses; the first is where it starts. Places that are not built yet are left out. */
export function placesOf(role: string): (Place & { href: string })[] {
  return places.flatMap((place) => {
    const route = place.roles.includes(role) && router.find(place.route)
    return route ? [{ ...place, href: route.pattern }] : []
  })
}
