// A browser without script: keeps cookies of one origin, parses forms, follows redirects until one leaves the origin.

const attributePattern = /([^\s=/"'>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decode = text => text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) =>
  hex ? String.fromCodePoint(parseInt(hex, 16)) : decimal ? String.fromCodePoint(Number(decimal)) : entities[name] ?? whole);

function attributesOf(text) {
  const attributes = {};
  for (const [, name, double, single, bare] of text.matchAll(attributePattern))
    attributes[name.toLowerCase()] ??= decode(double ?? single ?? bare ?? '');
  return attributes;
}

export function formsOf(html, url) {
  const forms = [];
  for (const [, head, content] of html.replace(/<!--[^]*?-->/g, '').matchAll(/<form(\s(?:[^>"']|"[^"]*"|'[^']*')*)?>([^]*?)<\/form>/gi)) {
    const form = attributesOf(head ?? '');
    const fields = [];
    const buttons = [];
    for (const [, tag, inner] of content.matchAll(/<(input|button)((?:[^>"']|"[^"]*"|'[^']*')*)>/gi)) {
      const control = attributesOf(inner);
      if (!control.name || 'disabled' in control) continue;
      const type = (control.type ?? (tag.toLowerCase() === 'button' ? 'submit' : 'text')).toLowerCase();
      const box = type === 'checkbox' || type === 'radio';
      const field = { name: control.name, value: control.value ?? (box ? 'on' : ''), sent: !box || 'checked' in control };
      (type === 'submit' ? buttons : fields).push(field);
    }
    forms.push({ action: new URL(form.action || url, url), method: (form.method ?? 'get').toUpperCase(), fields, buttons });
  }
  return forms;
}

export class Browser {
  #origin;
  #cookies = new Map();

  constructor(origin) {
    this.#origin = new URL(origin).origin;
  }

  async open(url, init = {}) {
    let target = new URL(url);
    for (let redirects = 0; redirects < 15; redirects++) {
      if (target.origin !== this.#origin) return { url: target, left: true, status: 0, html: '' };
      const response = await fetch(target, { ...init, redirect: 'manual', headers: { ...init.headers, cookie: this.#cookieHeader() } });
      this.#keepCookies(response);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || !location)
        return { url: target, left: false, status: response.status, html: await response.text() };
      target = new URL(location, target);
      init = {};
    }
    throw new Error(`Too many redirects; the last goes to ${target}`);
  }

  submit(form, values, button) {
    const body = new URLSearchParams();
    for (const field of form.fields)
      if (field.name in values) body.append(field.name, values[field.name]);
      else if (field.sent) body.append(field.name, field.value);
    if (button) body.append(button.name, button.value);
    if (form.method === 'GET') return this.open(Object.assign(new URL(form.action), { search: body.toString() }));
    return this.open(form.action, { method: 'POST', body });
  }

  #cookieHeader() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keepCookies(response) {
    for (const header of response.headers.getSetCookie()) {
      const [pair, ...attributes] = header.split(';').map(part => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const expires = attributes.find(attribute => /^expires=/i.test(attribute));
      const gone = attributes.some(attribute => /^max-age=0$/i.test(attribute)) || (expires && Date.parse(expires.slice(8)) < Date.now());
      if (gone) this.#cookies.delete(name);
      else this.#cookies.set(name, pair.slice(name.length + 1));
    }
  }
}
