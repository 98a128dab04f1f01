using IdP.Credentials;
using IdP.Credentials.AuthenticatorApps;
using IdP.Credentials.RecoveryCodes;
using IdP.Data;
using IdP.Users;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.SignIn;

/// <summary>People with a second factor.</summary>
internal static class FactorPeople
{
    public static readonly byte[] Secret = [.. "a secret of 20 bytes"u8];

    /// <summary>Somebody with an authenticator app, and the codes it would show.</summary>
    public static async Task<(User Person, IReadOnlyList<string> RecoveryCodes)> AddPersonWithAppAsync(this ServerUnderTest server)
    {
        var person = await server.AddPersonAsync();
        return (person, await server.AddAppAsync(person));
    }

    public static async Task<IReadOnlyList<string>> AddAppAsync(this ServerUnderTest server, User person)
    {
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        db.Credentials.Add(new Credential
        {
            UserId = person.Id, Kind = CredentialKinds.AuthenticatorApp, ProtectedData = scope.ServiceProvider.GetRequiredService<AuthenticatorApps>().Protect(person.Id, Secret), CreatedAt = DateTimeOffset.UnixEpoch,
        });
        var codes = scope.ServiceProvider.GetRequiredService<IssueRecoveryCodes>().Add(person);
        await db.SaveChangesAsync();
        return codes;
    }

    /// <summary>What the app shows now, or will show or has shown so many codes away.</summary>
    public static string Code(this ServerUnderTest server, int away = 0) => Totp.CodeAt(Secret, server.Clock.Time.GetUtcNow() + away * TimeSpan.FromSeconds(30));

    /// <summary>The first step alone: the page that asks for the second.</summary>
    public static async Task<Page> BeginAsync(this BrowserClient browser, User person, string returnUrl = "/account") =>
        await browser.FollowAsync(await browser.TrySignInAsync(person.UserName!, People.Password, returnUrl));

    /// <summary>The direct answer to a code typed on the page of the second step.</summary>
    public static Task<Page> TypeCodeAsync(this BrowserClient browser, Page page, string code, bool remember = false) =>
        browser.SubmitAsync(page.FormWith("code"), remember ? [new("code", code), new("remember", "true")] : [new("code", code)]);

    /// <summary>The same step by a recovery code.</summary>
    public static async Task<Page> TypeRecoveryCodeAsync(this BrowserClient browser, Page page, string code) =>
        await browser.TypeCodeAsync(await browser.GetAsync(page.Url.PathAndQuery + "&way=recovery"), code);
}
