// What every journey with openid-client shares: settings from the environment, one JSON line per step, a person with a browser.
import { strict as assert } from 'node:assert';
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as client from 'openid-client';
import { Browser, formsOf } from './browser.mjs';

globalThis.crypto ??= webcrypto; // Debian 12's Node.js 18 does not publish it

export { assert, client };
export const setting = name => process.env[name] ?? assert.fail(`The environment has no ${name}.`);
export const issuer = setting('ISSUER');
export const browser = new Browser(issuer);

export const insecureOnLoopback = new URL(issuer).hostname === 'localhost' ? [client.allowInsecureRequests] : [];

/** A client that knows of the provider only what its metadata says. */
export const discover = (id, authentication, metadata) =>
  client.discovery(new URL(issuer), id, metadata, authentication, { execute: [...insecureOnLoopback, client.enableNonRepudiationChecks] });

/** A private key in PKCS#8 PEM, for the library. */
export const privateKey = (pem, algorithm, usages) => crypto.subtle.importKey('jwk', createPrivateKey(pem).export({ format: 'jwk' }), algorithm, false, usages);

/** The provider does not know the client by what it sent: 401, with which the library shows the challenge instead of the code invalid_client. */
export const isRefusedClient = error => error.status === 401;

let step;

/** One step: its line says what it found out; the first that fails ends the journey. */
export async function run(name, action) {
  step = name;
  console.log(JSON.stringify({ step, ok: true, ...(await action()) }));
}

/** Runs the whole journey; exit code 1 when a step is not as it must be. */
export const start = main => main().catch(error => {
  console.log(JSON.stringify({ step, ok: false, error: error.message, cause: String(error.cause?.message ?? error.cause?.error ?? error.cause ?? ''), details: error.error_description }));
  process.exitCode = 1;
});

/** Answers the provider's pages (sign-in, and yes to whatever it asks) from the one that is shown, until "arrived" says that this is it. */
export async function answerPages(page, arrived) {
  for (let pages = 0; pages < 8; pages++) {
    if (arrived(page)) return page;
    const forms = formsOf(page.html, page.url).filter(form => form.action.pathname !== '/language'); // the menu of languages is on every page
    const signIn = forms.find(form => form.fields.some(field => field.name === 'password'));
    const name = forms.find(form => form.fields.some(field => field.name === 'username'));
    const consent = forms.find(form => form.buttons.some(button => button.name === 'decision'));
    if (signIn) page = await browser.submit(signIn, { username: setting('USER_NAME'), password: setting('USER_PASSWORD') });
    else if (name) page = await browser.submit(name, { username: setting('USER_NAME') });
    else if (consent) page = await browser.submit(consent, {}, { name: 'decision', value: 'allow' });
    else if (forms.length === 1) page = await browser.submit(forms[0], {}, forms[0].buttons[0]);
    else break;
  }
  assert.fail(`The journey does not go on from ${page.url} (${page.status}).`);
}

/** Until the provider sends the browser back to the client: the address there. */
export const driveTo = async (target, url) =>
  (await answerPages(await browser.open(url), page => page.left && page.url.href.startsWith(target))).url;

/** The parameters of a code request with PKCE, state and nonce, and what the answer is checked against. */
export async function codeRequest(more = {}) {
  const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce(), idTokenExpected: true };
  const parameters = {
    redirect_uri: setting('REDIRECT_URI'),
    scope: setting('SCOPE'),
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...more,
  };
  return { parameters, checks };
}

/** The whole code flow, to the tokens. */
export async function signIn(config, more) {
  const { parameters, checks } = await codeRequest(more);
  return client.authorizationCodeGrant(config, await driveTo(setting('REDIRECT_URI'), client.buildAuthorizationUrl(config, parameters)), checks);
}
