// Passkeys (WebAuthn): the browser's dialog between a form of ours and the person's device. A form that needs it is hidden until it is known to work here;
// every page has another way. The texts are the page's, in its language.
(() => {
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) {
    document.addEventListener('DOMContentLoaded', () => document.querySelectorAll('[data-no-passkeys]').forEach(text => { text.hidden = false; }));
    return;
  }
  const fresh = 0.8, shortest = 2000; // of a challenge's time; and milliseconds that a request lasts when the browser does not refuse it outright
  let suggestion = null; // the request behind the browser's suggestions; a page can have one request at a time

  document.addEventListener('DOMContentLoaded', () => document.querySelectorAll('form[data-passkey]').forEach(prepare));
  // Back from another page: what was answered before counts no more.
  window.addEventListener('pageshow', event => { if (event.persisted) document.querySelectorAll('form[data-passkey]').forEach(reset); });

  function prepare(form) {
    form.hidden = false;
    form.elements.credential.value = ''; // what a browser filled in again counts no more
    form.addEventListener('submit', event => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      ask(form);
    });
    if (form.dataset.passkey === 'suggest') suggest(form);
    if (form.dataset.passkey === 'now') ask(form);
  }

  function reset(form) {
    form.elements.credential.value = '';
    form.querySelector('button').disabled = false;
    if (form.dataset.passkey === 'suggest') suggest(form);
  }

  async function ask(form) {
    const button = form.querySelector('button');
    say(form, '');
    button.disabled = true;
    suggestion?.abort();
    try {
      const challenge = await challengeOf(form);
      const isNew = form.dataset.passkey === 'new';
      const publicKey = isNew ? PublicKeyCredential.parseCreationOptionsFromJSON(challenge.options) : PublicKeyCredential.parseRequestOptionsFromJSON(challenge.options);
      send(form, challenge, await (isNew ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey })));
    } catch (error) {
      button.disabled = false;
      say(form, error.name === 'InvalidStateError' ? form.dataset.known : error.name === 'NotAllowedError' ? form.dataset.cancelled : form.dataset.failed);
    }
  }

  // The browser offers passkeys in the field for the user name, for as long as the page is open: shortly before a challenge runs out there is a new one.
  async function suggest(form) {
    if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
    const mine = suggestion = new AbortController(), began = Date.now();
    let renewal = 0;
    try {
      const challenge = await challengeOf(form);
      renewal = setTimeout(() => { if (suggestion === mine) { mine.abort(); suggest(form); } }, challenge.options.timeout * fresh);
      const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(challenge.options), mediation: 'conditional', signal: mine.signal });
      send(form, challenge, credential);
    } catch (error) {
      // Closed by the person: offered again. Refused outright: not asked for again and again; the button remains.
      if (error.name === 'NotAllowedError' && suggestion === mine && !mine.signal.aborted && Date.now() - began > shortest) suggest(form);
    } finally {
      clearTimeout(renewal);
    }
  }

  async function challengeOf(form) {
    const answer = await fetch(form.dataset.options, { method: 'POST', body: new URLSearchParams(new FormData(form)), cache: 'no-store' });
    // The page is too old for what it asks; loaded again it says so, or leads on.
    if (answer.redirected || answer.status === 404) location.reload();
    if (answer.redirected || !answer.ok) throw new Error(`${answer.status}`);
    return await answer.json();
  }

  function send(form, challenge, credential) {
    form.elements.state.value = challenge.state;
    form.elements.credential.value = JSON.stringify(describe(credential));
    form.requestSubmit();
  }

  // By hand: what extensions put in the browser's place does not always know toJSON.
  function describe(credential) {
    const answer = credential.response;
    const response = { clientDataJSON: text(answer.clientDataJSON) };
    if (answer.attestationObject) {
      response.attestationObject = text(answer.attestationObject);
      response.transports = answer.getTransports?.() ?? [];
    } else {
      response.authenticatorData = text(answer.authenticatorData);
      response.signature = text(answer.signature);
      if (answer.userHandle) response.userHandle = text(answer.userHandle);
    }
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {}, authenticatorAttachment: credential.authenticatorAttachment };
  }

  function text(buffer) {
    return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  }

  function say(form, message) {
    const place = form.querySelector('[role="alert"]');
    place.textContent = message ?? '';
    place.hidden = !message;
  }
})();
