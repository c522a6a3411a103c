// What lists and tables do beyond plain links and forms. Every page works without this file.
'use strict'
{
  const all = (selector) => [...document.querySelectorAll(selector)]
  const typing = (e) => e.target.closest('input, select, textarea, [contenteditable]')

  // A list that follows what one types: the same address is asked for as by the button, and the list on the page gives
  // way to the one in the answer. The focus stays in the field, and nothing is added to the browser's history.
  for (const form of all('[data-live]')) {
    const name = form.dataset.live
    const said = document.getElementById(`${name}-said`)
    let pause, asked
    const ask = () => {
      asked?.abort()
      asked = new XMLHttpRequest()
      asked.open('GET', `${form.getAttribute('action')}?${new URLSearchParams(new FormData(form))}`)
      asked.responseType = 'document'
      asked.onload = () => {
        const next = asked.response?.getElementById(name)
        if (!next) return form.submit() // signed out meanwhile, or refused: the browser shows why
        document.getElementById(name).replaceWith(document.adoptNode(next))
        said.textContent = document.querySelector(`#${name} [data-said]`)?.textContent ?? ''
      }
      asked.onerror = () => form.submit()
      asked.send()
    }
    form.addEventListener('input', () => {
      clearTimeout(pause)
      pause = setTimeout(ask, 180)
    })
  }

  // What is to be taken along to another program goes by one press; without this file one marks and copies it.
  for (const button of all('[data-copy]')) {
    button.hidden = !navigator.clipboard
    button.addEventListener('click', async () => {
      const field = document.getElementById(button.dataset.copy)
      field.select()
      await navigator.clipboard.writeText(field.value)
      button.textContent = button.dataset.copied
    })
  }

  document.addEventListener('keydown', (e) => {
    if (e.defaultPrevented || e.altKey || e.ctrlKey || e.metaKey) return
    // "/" goes to the filter, from anywhere but a field.
    const filter = document.querySelector('[data-slash]')
    if (e.key === '/' && filter && !typing(e)) {
      e.preventDefault()
      filter.focus()
      filter.select()
      return
    }
    // The arrows walk from person to person, from the filter down and back to it; Enter opens, as on any link.
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key]
    const rows = all('[data-row]')
    const here = rows.indexOf(document.activeElement)
    if (!step || rows.length === 0 || (here < 0 && document.activeElement !== filter)) return
    if (here < 0 && step < 0) return
    e.preventDefault()
    const next = rows[here + step] ?? (here + step < 0 ? filter : rows[here])
    next.focus()
  })
}
