using System.Net;
using System.Text.RegularExpressions;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Recovery;

/// <summary>People who help, and what they do in the console.</summary>
internal static partial class RescuePeople
{
    public const string Fresh = "An-Unusual-Pelican-42";

    /// <summary>Somebody with this role, signed in.</summary>
    public static async Task<(User Person, BrowserClient Browser)> AddHelperAsync(this ServerUnderTest server, string role = Role.HelpDesk)
    {
        var person = await server.AddPersonAsync();
        await server.GiveRoleAsync(person, role);
        var browser = server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return (person, browser);
    }

    public static Task<int> GiveRoleAsync(this ServerUnderTest server, User person, string role) => server.WithDatabaseAsync(async db =>
    {
        db.UserRoles.Add(new() { UserId = person.Id, RoleId = await db.Roles.Where(r => r.Name == role).Select(r => r.Id).SingleAsync() });
        return await db.SaveChangesAsync();
    });

    public static Task<int> TakeRolesAsync(this ServerUnderTest server, User person) => server.WithDatabaseAsync(db => db.UserRoles.Where(r => r.UserId == person.Id).ExecuteDeleteAsync());

    /// <summary>The pass, as the person's page shows it once.</summary>
    public static async Task<string> IssuePassAsync(this BrowserClient helper, User person, bool lost = false, string minutes = "60")
    {
        var answer = await helper.TryIssuePassAsync(person, lost, minutes);
        var pass = Shown().Match(answer.Body);
        return pass.Success ? WebUtility.HtmlDecode(pass.Groups[1].Value) : throw new InvalidOperationException($"No pass ({(int)answer.Status}, {answer.Location}): {answer.Body}");
    }

    /// <summary>As a program would send it, whatever the page offers.</summary>
    public static async Task<Page> TryIssuePassAsync(this BrowserClient helper, User person, bool lost = false, string minutes = "60", string reason = "Knows the name of the first dog")
    {
        var csrf = await helper.CsrfAsync();
        return await helper.PostAsync($"/console/users/{person.Id}/pass", [new("csrf", csrf), new("reason", reason), new("minutes", minutes), .. lost ? (KeyValuePair<string, string>[])[new("lost", "true")] : []]);
    }

    public static async Task<string> CsrfAsync(this BrowserClient browser) => HtmlForm.ParseAll((await browser.GetAsync("/account/sessions")).Body, browser.Origin).First(form => form.Has("csrf"))["csrf"].Value;

    [GeneratedRegex("id=\"new-pass\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex Shown();
}
