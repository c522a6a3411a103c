// Passkeys (WebAuthn Level 3). Everything else works without this file; what needs it is hidden until it has run.
'use strict'
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const Key = self.PublicKeyCredential
  const here = Key && navigator.credentials
  const old = 9 * 60000 // options are good for ten minutes: younger ones leave time to answer
  const loaded = Date.now()

  for (const e of all(here ? '[data-with-passkey]' : '[data-no-passkey]')) e.hidden = false
  if (here) {
    for (const e of all('[data-instead]')) e.classList.remove('btn-primary')
    start()
  }

  function start() {
    let asked // the request under way
    let kept // options that were fetched, and when
    const own = location.pathname.startsWith('/signin') && document.querySelector('form[data-from="/signin/passkey"]')

    const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
    const text = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')

    // Browsers before 2024 know the JSON of neither side.
    const parse = (what, json) => {
      const name = what === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'
      if (Key[name]) return Key[name](json)
      const known = (list) => list?.map((k) => ({ ...k, id: bytes(k.id) }))
      const options = { ...json, challenge: bytes(json.challenge) }
      if (json.user) options.user = { ...json.user, id: bytes(json.user.id) }
      if (json.excludeCredentials) options.excludeCredentials = known(json.excludeCredentials)
      if (json.allowCredentials) options.allowCredentials = known(json.allowCredentials)
      return options
    }
    const written = (credential) => {
      try {
        return JSON.stringify(credential.toJSON())
      } catch { // some password managers hand out objects that cannot
        const r = credential.response
        const response = { transports: r.getTransports?.() }
        for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
          if (r[part]) response[part] = text(r[part])
        }
        return JSON.stringify({
          id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {},
        })
      }
    }

    const fetched = async (address) => {
      if (kept?.address === address && Date.now() - kept.at < old) return kept.options
      const at = Date.now()
      const answer = await fetch(address, { headers: { accept: 'application/json' } })
      if (!answer.ok) throw new Error(answer.status)
      kept = { address, at, options: (await answer.json()).options }
      return kept.options
    }
    const ask = async (what, options, mediation) => {
      asked?.abort()
      const mine = asked = new AbortController()
      const request = { publicKey: parse(what, options), signal: mine.signal }
      if (mediation) request.mediation = mediation
      try {
        return written(await navigator.credentials[what](request))
      } finally {
        if (asked === mine) asked = null
      }
    }
    const say = (root, words) => { root.querySelector('.asked').textContent = words }
    const excuse = (root, error) => {
      const { cancelled, failed, already } = root.dataset
      const why = { NotAllowedError: cancelled, AbortError: '', InvalidStateError: already }[error.name]
      say(root, why ?? failed)
    }

    const send = (form, answer) => {
      form.querySelector('[data-answer]').value = answer
      const { remember } = form.elements
      if (remember && document.getElementById('remember')?.checked) remember.value = '1'
      form.requestSubmit ? form.requestSubmit() : form.submit()
    }

    // Caught on its way down, before anything else takes it for a form that leaves.
    addEventListener('submit', async (e) => {
      const form = e.target
      const { passkey, from, options, again } = form.dataset
      if (!passkey || form.querySelector('[data-answer]').value) return
      e.preventDefault()
      e.stopImmediatePropagation()
      if (form.dataset.asks) return
      if (options && Date.now() - loaded > old) return location.assign(again)
      form.dataset.asks = '1'
      say(form, '')
      try {
        send(form, await ask(passkey, options ? JSON.parse(options) : await fetched(from)))
      } catch (error) {
        excuse(form, error)
        if (form === own) offer()
      } finally {
        delete form.dataset.asks
      }
    }, true)

    // A proof beside the password: it goes with the form that it stands in.
    for (const place of all('[data-proof]')) {
      const button = place.querySelector('[data-with-passkey]')
      const field = place.querySelector('[data-answer]')
      const asking = all('.field', place)
      const proven = (answer) => {
        field.value = answer
        button.hidden = !!answer
        for (const e of asking) {
          e.hidden = !!answer
          for (const i of all('input', e)) i.disabled = !!answer
        }
        say(place, answer ? place.dataset.done : '')
      }
      button.addEventListener('click', async () => {
        try {
          proven(await ask('get', await fetched(place.dataset.proof)))
          setTimeout(proven, kept.at + old - Date.now(), '')
          kept = null // it serves once
          field.form.querySelector('button:not([type=button])')?.focus()
        } catch (error) {
          excuse(place, error)
        }
      })
      addEventListener('pageshow', (e) => e.persisted && proven(''))
    }

    // The sign-in page: passkeys among what the browser fills in, for as long as the page is open.
    const offer = async () => {
      if (asked || document.hidden || !await Key.isConditionalMediationAvailable?.()) return
      try {
        const options = await fetched(own.dataset.from)
        if (!asked) send(own, await ask('get', options, 'conditional'))
      } catch {
        // Nobody asked for anything: nothing to say.
      }
    }
    const renew = () => {
      if (document.hidden || own.dataset.asks || Date.now() - kept?.at < old) return
      asked?.abort()
      asked = null
      offer()
    }
    if (own) {
      offer()
      setInterval(() => kept && renew(), 30000)
      document.addEventListener('visibilitychange', renew)
    }
    addEventListener('pageshow', (e) => {
      if (!e.persisted) return
      for (const answer of all('[data-answer]')) answer.value = '' // it has served
      kept = null
      if (own) renew()
    })

    // The browser's passkey manager forgets what opens nothing here: a passkey that is nobody's, and those of the person
    // that were removed, or made and not accepted. Never guessed: only what the server says.
    const signal = (name, what) => Key[name]?.(what).catch(() => {})
    for (const e of all('[data-unknown]')) {
      signal('signalUnknownCredential', { rpId: location.hostname, credentialId: e.dataset.unknown })
    }
    for (const e of all('[data-accepted]')) signal('signalAllAcceptedCredentials', JSON.parse(e.dataset.accepted))
  }
}
