using IdP.PersonalTokens;
using IdP.Protocol.PersonalTokens;
using IdP.Sessions;
using IdP.Tests.SignIn;
using IdP.Users;

namespace IdP.Tests.PersonalTokens;

/// <summary>People with personal access tokens, and the APIs that take them.</summary>
internal static class PersonalTokenPeople
{
    public static readonly TestClient Notes = new("urn:test:notes", "notes-secret"), Vault = new("urn:test:vault", "vault-secret");

    /// <summary>For a configuration file.</summary>
    public const string Configuration = """
        {
          "apiScopes": [
            { "name": "notes.read", "displayName": "Read notes", "description": "All of them", "allowPersonalAccessTokens": true },
            { "name": "notes.write", "displayName": "Write notes", "emphasize": true, "allowPersonalAccessTokens": true },
            { "name": "notes.admin", "displayName": "Administer notes" },
            { "name": "vault.read", "displayName": "Open the vault", "allowPersonalAccessTokens": true },
            { "name": "nowhere.read", "displayName": "Served by nobody", "allowPersonalAccessTokens": true },
            { "name": "idp.account.read", "displayName": "See your account", "allowPersonalAccessTokens": true },
            { "name": "idp.account.write", "displayName": "Change your account", "allowPersonalAccessTokens": true }
          ],
          "apiResources": [
            { "name": "urn:test:notes", "scopes": ["notes.read", "notes.write", "notes.admin"], "apiSecrets": [{ "value": "notes-secret" }] },
            { "name": "urn:test:vault", "scopes": ["vault.read"], "requireResourceIndicator": true, "apiSecrets": [{ "value": "vault-secret" }] }
          ]
        }
        """;

    /// <summary>As the operation stores it, for tests of what comes after.</summary>
    public static async Task<(Guid Id, string Value)> AddTokenAsync(this ServerUnderTest server, User person, params string[] scopes)
    {
        var (value, now) = (PersonalTokenText.New(), server.Clock.Time.GetUtcNow());
        var token = new PersonalToken { UserId = person.Id, Name = "A script", ValueHash = Handles.Hash(value), Scopes = [.. scopes], CreatedAt = now, ExpiresAt = now.AddDays(30) };
        await server.WithDatabaseAsync(async db =>
        {
            db.PersonalTokens.Add(token);
            return await db.SaveChangesAsync();
        });
        return (token.Id, value);
    }

    /// <summary>Whether an API is told that a token counts.</summary>
    public static async Task<bool> IsActiveAsync(this ServerUnderTest server, string value, TestClient? api = null)
    {
        var answer = (await server.NewRelyingParty(api ?? Notes).IntrospectAsync(value)).Expected();
        if (!answer.Json.GetProperty("active").GetBoolean()) Assert.That(answer.Json.EnumerateObject().Count(), Is.EqualTo(1), answer.Body);
        return answer.Json.GetProperty("active").GetBoolean();
    }

    public static async Task<BrowserClient> SignedInAsync(this ServerUnderTest server, User person)
    {
        var browser = server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return browser;
    }

    /// <summary>The direct answer to the form.</summary>
    public static async Task<Page> MakeTokenAsync(this BrowserClient browser, string name, string[] scopes, string days = "30") =>
        await browser.SubmitAsync((await browser.GetAsync("/account/tokens/new")).FormWith("days"), [new("name", name), new("days", days), .. scopes.Select(scope => KeyValuePair.Create("scopes", scope))]);

    public static string TokenShown(this Page page) => System.Text.RegularExpressions.Regex.Match(page.Body, "idp_pat_[0-9A-Za-z]{36}").Value;
}
