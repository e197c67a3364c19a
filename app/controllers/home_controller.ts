import type { HttpContext } from '@adonisjs/core/http'
import { placesOf } from '../navigation.ts'

/** The start page is the place where one's work is. */
export default class HomeController {
  async show({ auth, response, view }: HttpContext) {
    const [place] = placesOf(auth.getUserOrFail().role)
    if (place) return response.redirect().toPath(place.href)
    return view.render('pages/home')
  }
}
