// An app in the browser on oidc-client-ts. The test drives it through "app", and reads what the library told it in app.events.
import { UserManager, WebStorageStateStore } from 'oidc-client-ts';

const settings = await (await fetch('/settings.json')).json();
const manager = new UserManager({
  authority: settings.authority,
  client_id: settings.clientId,
  redirect_uri: `${location.origin}/callback`,
  silent_redirect_uri: `${location.origin}/silent`,
  post_logout_redirect_uri: `${location.origin}/`,
  scope: settings.scope,
  loadUserInfo: true,
  automaticSilentRenew: false,
  monitorSession: settings.monitorSession,
  checkSessionIntervalInSeconds: 1,
  userStore: new WebStorageStateStore({ store: sessionStorage }),
});

const events = [];
manager.events.addUserSignedOut(() => events.push('userSignedOut'));
manager.events.addUserSessionChanged(() => events.push('userSessionChanged'));
manager.events.addSilentRenewError(error => events.push(`silentRenewError: ${error.error ?? error.message}`));

const describe = user => user && {
  sub: user.profile.sub, name: user.profile.name ?? null, accessToken: user.access_token, refreshToken: user.refresh_token ?? null,
  sessionState: user.session_state ?? null, scope: user.scope ?? null,
};

globalThis.app = {
  events,
  signIn: () => manager.signinRedirect(),
  signOut: () => manager.signoutRedirect(),
  user: async () => describe(await manager.getUser()),
  /** The user with new tokens, or the error's OAuth code. */
  renew: async () => {
    try {
      return describe(await manager.signinSilent());
    } catch (error) {
      return { error: error.error ?? error.message };
    }
  },
  /** Renews by itself from now on: the library does it when the access token has less than a minute left. */
  renewAutomatically: () => manager.startSilentRenew(),
};

const show = text => { document.getElementById('state').textContent = text; };
if (location.pathname === '/silent') {
  await manager.signinSilentCallback();
} else {
  if (location.pathname === '/callback') {
    await manager.signinRedirectCallback();
    history.replaceState(null, '', '/');
  } else if (location.search.includes('state=')) {
    await manager.signoutRedirectCallback();
    history.replaceState(null, '', '/');
  }
  show(await manager.getUser() ? 'signed in' : 'signed out');
}
