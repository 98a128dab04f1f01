// Device authorization (RFC 8628): a device without a browser, and a person with one elsewhere.
import { setTimeout } from 'node:timers/promises';
import { answerPages, assert, browser, client, discover, run, setting, start } from './journey.mjs';

start(async () => {
  let device, pending, tokens;

  await run('discovery', async () => {
    device = await discover(setting('CLIENT_ID'), client.None());
    assert.ok(device.serverMetadata().device_authorization_endpoint);
    return {};
  });

  await run('codes', async () => {
    pending = await client.initiateDeviceAuthorization(device, { scope: setting('SCOPE') });
    assert.ok(pending.verification_uri_complete.includes(encodeURIComponent(pending.user_code)));
    assert.ok(pending.interval >= 1);
    return { userCode: pending.user_code, interval: pending.interval };
  });

  await run('pending', async () => {
    await assert.rejects(
      client.genericGrantRequest(device, 'urn:ietf:params:oauth:grant-type:device_code', { device_code: pending.device_code }),
      { error: 'authorization_pending' });
    return {};
  });

  await run('approved', async () => {
    const polling = client.pollDeviceAuthorizationGrant(device, pending);
    const done = await answerPages(await browser.open(pending.verification_uri_complete), page => page.status === 200 && page.url.pathname === '/device/done');
    tokens = await polling;
    assert.ok(tokens.access_token && tokens.refresh_token);
    return { page: done.url.pathname, sub: tokens.claims().sub };
  });

  await run('userinfo', async () => {
    const user = await client.fetchUserInfo(device, tokens.access_token, tokens.claims().sub);
    return { name: user.name };
  });

  await run('refresh', async () => {
    const refreshed = await client.refreshTokenGrant(device, tokens.refresh_token);
    assert.notEqual(refreshed.access_token, tokens.access_token);
    return {};
  });

  await run('once', async () => {
    await setTimeout((pending.interval + 1) * 1000); // sooner would be slow_down, whatever the code is worth
    await assert.rejects(
      client.genericGrantRequest(device, 'urn:ietf:params:oauth:grant-type:device_code', { device_code: pending.device_code }),
      error => ['invalid_grant', 'expired_token'].includes(error.error));
    return {};
  });
});
