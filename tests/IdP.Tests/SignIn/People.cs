using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.SignIn;

/// <summary>People made for one test each, so that tests of one server do not count each other's failures.</summary>
internal static class People
{
    public const string Password = "Correct-Horse-7-Battery";

    public static async Task<User> AddPersonAsync(this ServerUnderTest server, Action<User>? adapt = null)
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        var user = new User { UserName = name, NormalizedUserName = name.ToUpperInvariant(), Name = "Person " + name, CreatedAt = DateTimeOffset.UnixEpoch, SecurityStamp = name };
        user.PasswordHash = server.Services.GetRequiredService<IPasswordHasher<User>>().HashPassword(user, Password);
        adapt?.Invoke(user);
        await server.WithDatabaseAsync(async db =>
        {
            db.Users.Add(user);
            return await db.SaveChangesAsync();
        });
        return user;
    }

    public static Task<User> ReadAsync(this ServerUnderTest server, User user) => server.WithDatabaseAsync(db => db.Users.AsNoTracking().SingleAsync(u => u.Id == user.Id));

    /// <summary>The direct answer of the sign-in form.</summary>
    public static async Task<Page> TrySignInAsync(this BrowserClient browser, string userName, string password, string returnUrl = "/account") =>
        await browser.SignInAsync(await browser.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString(returnUrl)), userName, password);

    public static string? Cookie(this BrowserClient browser, string name) => browser.Cookies.GetCookies(browser.Origin)[name]?.Value;
}
