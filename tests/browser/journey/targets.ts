import type { Page } from 'playwright'

/**
 * What is too small for a finger, one line each: anything below 24 pixels, apart from links within a sentence (WCAG 2.5.8), and
 * what one comes for below 44 (2.5.5). What a label belongs to counts with its label.
 */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const main = '.button.primary, .tool, .dialog .actions .button, .drop .button, .nav a, .tabs a, [role=menuitem], ' +
      'tr[data-entry] .icon-button, tr[data-entry] .pick label, a.name, .input, .drawer > header .icon-button'
    const top = document.querySelector('dialog[open]') ?? document
    const small = []
    for (const element of top.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, label:has(input), [role=treeitem]')) {
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
      if (element.matches('input') && element.closest('label')) continue
      const { width, height, bottom } = element.getBoundingClientRect()
      if (bottom <= 0 || element.closest('.unseen') || element.matches('.skip')) continue
      const inText = element.matches('p a, li a:not(.tabs a, .crumbs a), dd a') && getComputedStyle(element).display === 'inline'
      const least = element.matches(main) ? 44 : inText ? 0 : 24
      // Half a pixel is the browser's rounding.
      if (Math.min(width, height) < least - 0.5)
        small.push(Math.round(width) + 'x' + Math.round(height) + ' ' + element.outerHTML.replace(/\\s+/g, ' ').slice(0, 120))
    }
    const dialog = document.querySelector('dialog[open]')
    if (dialog) {
      const box = dialog.getBoundingClientRect()
      if (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight)
        small.push('does not fit: ' + dialog.id)
    }
    return small
  })()`)
}
