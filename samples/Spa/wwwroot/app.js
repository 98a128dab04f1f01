import { OidcClient, SessionEnded } from './oidc.js';

const element = id => document.getElementById(id);

let client;
let apiUrl;

function showProblem(text) {
  element('problem').textContent = text;
  element('problem').hidden = !text;
}

async function show() {
  element('signed-out').hidden = client.isSignedIn;
  element('signed-in').hidden = !client.isSignedIn;
  if (!client.isSignedIn) return;

  const expiresAt = client.expiresAt.toISOString();
  element('user-name').textContent = client.claims.name ?? client.claims.preferred_username ?? client.claims.sub;
  element('token-id').textContent = await client.tokenId();
  element('token-expiry').textContent = expiresAt.replace('T', ' ').replace(/\.\d+/, '');
  element('token-expiry').dateTime = expiresAt;
}

// <snippet call-api>
async function callApi() {
  const response = await fetch(`${apiUrl}/weather`, {
    headers: { authorization: `Bearer ${await client.accessToken()}` },
  });
  element('api-result').textContent = response.ok
    ? await response.text()
    : `${response.status} ${response.headers.get('www-authenticate') ?? ''}`;
}
// </snippet>

async function loadProfile() {
  element('api-result').textContent = JSON.stringify(await client.userInfo(), null, 2);
}

function onClick(id, action) {
  element(id).addEventListener('click', () => guard(action));
}

/** Runs one action and turns its failure into a sentence on the page. */
async function guard(action) {
  showProblem('');
  try {
    await action();
  } catch (error) {
    if (error instanceof SessionEnded) showProblem('Your session has ended. Please sign in again.');
    else if (error instanceof TypeError) showProblem('The sign-in service or the API does not answer. Please try again in a moment.');
    else showProblem(error.message);
  }
  if (client) await show();
}

async function begin() {
  const config = await (await fetch('/config.json')).json();
  apiUrl = config.apiUrl;
  client = await OidcClient.create(config);

  onClick('sign-in', () => client.signIn());
  onClick('call-api', callApi);
  onClick('refresh-tokens', () => client.refresh());
  onClick('load-profile', loadProfile);
  onClick('sign-out', () => client.signOut());

  if (location.pathname === '/callback') {
    const answer = new URLSearchParams(location.search);
    history.replaceState(null, '', '/'); // the code does not stay in the address bar or the history
    await client.finishSignIn(answer);
  }
}

await guard(begin);
