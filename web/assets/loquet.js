// What the pages do beyond plain forms. Every page works without this file.
'use strict'
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties)

  // A refused form: the summary of what to mend is read first.
  if (self === top) document.getElementById('summary')?.focus() // not in the frames of the gallery, which would scroll

  // Show and hide a password. The button exists only where it works.
  for (const field of all('[data-show]')) {
    const words = field.dataset
    const button = make('button', { type: 'button', className: 'reveal', textContent: words.show })
    const label = (shown) => {
      field.type = shown ? 'text' : 'password'
      button.textContent = shown ? words.hide : words.show
      button.setAttribute('aria-label', shown ? words.hideAbout : words.showAbout)
    }
    label(false)
    button.setAttribute('aria-controls', field.id)
    button.addEventListener('click', () => label(field.type === 'password'))
    // Password managers must find a password field when the form leaves.
    field.form.addEventListener('submit', () => label(false))
    field.parentNode.append(button)

    const caps = make('p', { className: 'caps', hidden: true, textContent: words.caps })
    const live = make('div')
    live.setAttribute('role', 'status')
    live.append(caps)
    field.parentNode.after(live)
    for (const type of ['keydown', 'keyup']) {
      field.addEventListener(type, (e) => { caps.hidden = !e.getModifierState?.('CapsLock') })
    }
    field.addEventListener('blur', () => { caps.hidden = true })
  }

  // Criteria ticked as one types. The server decides; this only saves a round trip.
  for (const list of all('[data-criteria]')) {
    const field = document.getElementById(list.dataset.criteria)
    const status = document.getElementById(list.dataset.status)
    const tests = {
      length: (value, li) => [...value].length >= Number(li.dataset.min),
      upper: (value) => /\p{Lu}/u.test(value),
      lower: (value) => /\p{Ll}/u.test(value),
      digit: (value) => /\p{Nd}/u.test(value),
    }
    const rules = all('[data-rule]', list)
    const words = JSON.parse(status.dataset.left)
    let pause
    field.addEventListener('input', () => {
      let left = 0
      for (const li of rules) {
        const met = tests[li.dataset.rule](field.value, li)
        li.classList.toggle('met', met)
        li.querySelector('.state').textContent = met ? ` (${list.dataset.met})` : ''
        if (!met) left++
      }
      clearTimeout(pause)
      pause = setTimeout(() => {
        status.textContent = words[left]
      }, 900)
    })
  }

  // Time since the mail was asked for: one sentence a minute, the last one stays.
  for (const clock of all('[data-elapsed]')) {
    const words = JSON.parse(clock.dataset.elapsed)
    const start = Date.now()
    setInterval(() => {
      const minutes = Math.floor((Date.now() - start) / 60000)
      clock.textContent = words[Math.min(minutes, words.length) - 1] ?? ''
    }, 1000)
  }

  // A wrong clock is a cause that only the device can see: it takes the place of whatever was guessed (H6).
  for (const right of all('[data-now]')) {
    if (Math.abs(Date.now() - Number(right.dataset.now)) < 5 * 60000) continue
    const wrong = right.querySelector('[data-wrong]')
    const cause = document.querySelector('[data-cause]')
    wrong.hidden = false
    cause.replaceChildren(wrong)
    cause.dataset.cause = document.querySelector('[name=cause]').value = 'clock'
  }

  for (const place of all('[data-print]')) {
    place.hidden = false
    place.querySelector('button').addEventListener('click', () => print())
  }

  // One press is one request. The page stays where a form leads to a download: its button stays too.
  for (const form of all('form[method=post]:not([data-download])')) {
    form.addEventListener('submit', (e) => {
      if (form.dataset.sent) return e.preventDefault()
      form.dataset.sent = '1'
      for (const button of all('button:not([type=button])', form)) button.setAttribute('aria-disabled', 'true')
    })
  }

  addEventListener('pageshow', (e) => {
    // A page about a person must not come back from memory after the person has left (ATK-085). Asked for by its
    // address, and not reloaded: reloading the answer to a form would ask whether to send it again. The cookie lets the
    // sign-in page say why one is there (H6).
    if (e.persisted && document.body.dataset.private) {
      document.cookie = 'loquet-restored=1; Max-Age=10; Path=/; SameSite=Lax'
      return location.replace(location.pathname + location.search)
    }
    for (const form of all('form[data-sent]')) {
      delete form.dataset.sent
      for (const button of all('[aria-disabled]', form)) button.removeAttribute('aria-disabled')
    }
  })
}
