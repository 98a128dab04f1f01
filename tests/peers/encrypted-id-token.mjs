// ID tokens that only the client can read: signed by the provider, then encrypted to the client's published key.
import { assert, client, discover, privateKey, run, setting, signIn, start } from './journey.mjs';

start(async () => {
  let config, tokens;

  await run('discovery', async () => {
    config = await discover(setting('CLIENT_ID'), client.ClientSecretBasic(setting('CLIENT_SECRET')));
    assert.ok(config.serverMetadata().id_token_encryption_alg_values_supported.includes('RSA-OAEP-256'));
    assert.ok(config.serverMetadata().id_token_encryption_enc_values_supported.includes('A256CBC-HS512'));
    const key = await privateKey(setting('ENCRYPTION_KEY'), { name: 'RSA-OAEP', hash: 'SHA-256' }, ['decrypt', 'unwrapKey']);
    client.enableDecryptingResponses(config, ['A256CBC-HS512'], { key, alg: 'RSA-OAEP-256', kid: 'encryption' });
    return {};
  });

  await run('code', async () => {
    tokens = await signIn(config);
    const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'));
    assert.equal(tokens.id_token.split('.').length, 5, 'a JWE');
    assert.deepEqual([header.alg, header.enc, header.kid, header.cty], ['RSA-OAEP-256', 'A256CBC-HS512', 'encryption', 'JWT']);
    assert.equal(client.getDecryptedResponses(tokens).id_token.token_endpoint.split('.').length, 3, 'what was inside is a signed token');
    return { sub: tokens.claims().sub };
  });

  await run('refresh', async () => {
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(refreshed.claims().sub, tokens.claims().sub);
    return {};
  });
});
