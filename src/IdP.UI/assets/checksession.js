// The provider's frame of OpenID Connect Session Management 1.0, 3.2. An app posts "client_id session_state" and hears whether the session behind it
// is still the one of this browser. Nothing leaves the browser. The hash is computed here and not by WebCrypto, which does not exist in a frame
// of a page without https, and answers only later.
(() => {
  addEventListener('message', event => {
    if (event.source === null || event.source === window || event.origin === 'null') return;
    event.source.postMessage(answer(event.data, event.origin), event.origin);
  });

  function answer(message, origin) {
    if (typeof message !== 'string' || message.length > 4096) return 'error';
    const space = message.lastIndexOf(' '); // a client id may have spaces
    const state = message.slice(space + 1), dot = state.lastIndexOf('.');
    if (space < 1 || dot < 1 || dot === state.length - 1) return 'error';
    const salt = state.slice(dot + 1);
    return hash(`${message.slice(0, space)} ${origin} ${browserState()} ${salt}`) + '.' + salt === state ? 'unchanged' : 'changed';
  }

  /** Empty when nobody is signed in: then no state fits. */
  function browserState() {
    for (const cookie of document.cookie.split('; ')) {
      const found = /^(?:__Host-)?idp\.state=(.+)$/.exec(cookie);
      if (found) return found[1];
    }
    return '';
  }

  /** SHA-256 (FIPS 180-4) of the text in UTF-8, base64url. */
  function hash(text) {
    const k = [], h = [];
    for (let n = 2; k.length < 64; n++) {
      let isPrime = true;
      for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
      if (!isPrime) continue;
      if (h.length < 8) h.push(fraction(Math.sqrt(n)));
      k.push(fraction(Math.cbrt(n)));
    }
    const data = new TextEncoder().encode(text);
    const padded = new Uint8Array(((data.length + 8 >> 6) + 1) * 64);
    padded.set(data);
    padded[data.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 4, data.length * 8);
    for (let at = 0; at < padded.length; at += 64) {
      const w = [];
      for (let i = 0; i < 64; i++) {
        if (i < 16) { w.push(view.getUint32(at + i * 4)); continue; }
        const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >>> 3, s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >>> 10;
        w.push(w[i - 16] + s0 + w[i - 7] + s1 >>> 0);
      }
      let [a, b, c, d, e, f, g, last] = h;
      for (let i = 0; i < 64; i++) {
        const t1 = last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + k[i] + w[i] >>> 0;
        const t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) >>> 0;
        [last, g, f, e, d, c, b, a] = [g, f, e, d + t1 >>> 0, c, b, a, t1 + t2 >>> 0];
      }
      [a, b, c, d, e, f, g, last].forEach((word, i) => { h[i] = h[i] + word >>> 0; });
    }
    const bytes = h.flatMap(word => [word >>> 24, word >>> 16 & 255, word >>> 8 & 255, word & 255]);
    return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  }

  function fraction(number) { return (number - Math.floor(number)) * 2 ** 32 >>> 0; }

  function turn(word, by) { return word >>> by | word << 32 - by; }
})();
