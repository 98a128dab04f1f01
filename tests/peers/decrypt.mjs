// Decrypts JWEs with jose: TOKENS is a JSON array of { jwe, jwk }, and each becomes one line of JSON.
import { compactDecrypt, importJWK } from 'jose';

for (const { jwe, jwk } of JSON.parse(process.env.TOKENS)) {
  const header = JSON.parse(Buffer.from(jwe.split('.')[0], 'base64url').toString());
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, await importJWK(jwk, header.alg));
  console.log(JSON.stringify({ header: protectedHeader, text: new TextDecoder().decode(plaintext) }));
}
