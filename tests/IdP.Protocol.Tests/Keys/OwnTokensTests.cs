using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Tests.Keys;

/// <summary>What the provider keeps for itself in the database: sealed and encrypted with keys that nobody else has, and good for nothing outside.</summary>
public sealed class OwnTokensTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly JsonWebTokenHandler Handler = new();

    private KeyRing Keys => Server.Services.GetRequiredService<KeyRing>();

    private KeyMaterial Own => Keys.Required(KeyAlgorithms.OwnTokens);

    [Test]
    public async Task Stored_tokens_are_encrypted_with_one_key_and_sealed_with_another()
    {
        var (refresh, _) = await RefreshTokenAsync();

        var jwe = new JsonWebToken((await RowOfAsync(refresh)).Payload);
        var seal = new JsonWebToken(await OpenAsync(jwe.EncodedToken));

        Assert.That((jwe.Alg, jwe.Enc, jwe.Kid), Is.EqualTo(("dir", "A256CBC-HS512", Own.Row.Id)));
        Assert.That((seal.Alg, seal.Kid), Is.EqualTo(("HS256", Own.Row.Id)));
        Assert.That(((SymmetricSecurityKey)Own.Encrypting!.Key).Key, Is.Not.EquivalentTo(((SymmetricSecurityKey)Own.Sealing!.Key).Key));
    }

    [Test]
    public async Task The_seal_opens_no_door_from_outside()
    {
        var (refresh, access) = await RefreshTokenAsync();
        var sealedRefresh = await OpenAsync((await RowOfAsync(refresh)).Payload!);
        var read = new JsonWebToken(access);
        var sealedAccess = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = read.Claims.GroupBy(c => c.Type).ToDictionary(g => g.Key, g => (object)(g.Count() > 1 ? g.Select(c => c.Value).ToArray() : g.First().Value)),
            TokenType = "at+jwt",
            Expires = DateTime.UtcNow.AddMinutes(5),
            SigningCredentials = Own.Sealing,
        });
        var web = Server.NewRelyingParty(TestClients.Web);

        foreach (var token in new[] { sealedRefresh, sealedAccess, (await RowOfAsync(refresh)).Payload! })
        {
            Assert.That((await web.IntrospectAsync(token)).Text("active"), Is.Not.EqualTo("True"));
            Assert.That((await web.UserInfoAsync(token)).Error, Is.EqualTo("invalid_token"));
            Assert.That((await web.RefreshAsync(token)).Error, Is.EqualTo("invalid_grant"));
        }
    }

    [Test]
    public async Task A_row_sealed_with_another_key_is_refused()
    {
        var (refresh, _) = await RefreshTokenAsync();
        var stranger = new SymmetricSecurityKey(new byte[32]) { KeyId = Own.Row.Id };
        await ReplaceAsync(refresh, new SigningCredentials(stranger, SigningAlgorithms.HS256), Own.Encrypting!);

        Assert.That((await Server.NewRelyingParty(TestClients.Web).RefreshAsync(refresh)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task What_was_stored_with_a_wrapped_key_and_an_asymmetric_signature_is_still_good()
    {
        var (refresh, _) = await RefreshTokenAsync();
        await ReplaceAsync(refresh, Keys.Required(SigningAlgorithms.ES256).Signing!, new EncryptingCredentials(Own.Key, SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));

        Assert.That((await Server.NewRelyingParty(TestClients.Web).RefreshAsync(refresh)).Error, Is.Null);
    }

    private async Task<(string Refresh, string Access)> RefreshTokenAsync()
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid api.read offline_access", TestUsers.Alice);
        return (tokens.RefreshToken!, tokens.AccessToken!);
    }

    private async Task<GrantToken> RowOfAsync(string handle)
    {
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(handle)));
        GrantToken? row = null;
        await Server.WithDatabaseAsync(async db => row = await db.Set<GrantToken>().AsNoTracking().SingleAsync(t => t.ReferenceId == hash));
        return row!;
    }

    private async Task<string> OpenAsync(string jwe)
    {
        var result = await Handler.ValidateTokenAsync(jwe, new TokenValidationParameters
        {
            TokenDecryptionKey = Own.Encrypting!.Key,
            IssuerSigningKey = Own.Sealing!.Key,
            ValidateAudience = false,
            ValidateIssuer = false,
            ValidateLifetime = false,
        });
        Assert.That(result.Exception, Is.Null);
        return ((JsonWebToken)result.SecurityToken).InnerToken.EncodedToken;
    }

    /// <summary>Writes the same claims again as another version, or another hand, would have.</summary>
    private async Task ReplaceAsync(string handle, SigningCredentials signing, EncryptingCredentials encrypting)
    {
        var row = await RowOfAsync(handle);
        var inner = new JsonWebToken(await OpenAsync(row.Payload!));
        var signed = Handler.CreateToken(Base64UrlEncoder.Decode(inner.EncodedPayload), signing, new Dictionary<string, object> { ["typ"] = inner.Typ });
        var payload = Handler.EncryptToken(signed, encrypting, new Dictionary<string, object> { ["typ"] = inner.Typ });
        await Server.WithDatabaseAsync(db => db.Set<GrantToken>().Where(t => t.Id == row.Id).ExecuteUpdateAsync(t => t.SetProperty(x => x.Payload, payload)));
    }
}
