using System.Text.RegularExpressions;
using IdP.Tests.Recovery;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Risk;

/// <summary>Policies for new browsers, and whoever is let in by an approval.</summary>
public sealed partial class RescueRiskTests(DatabaseKind database) : RiskTest(database)
{
    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string>(base.Settings.More) { ["Recovery:Supervised"] = "true", ["Lockout:MaxMailsPerSource"] = "1000" } };

    [Test]
    public async Task In_a_known_browser_somebody_is_let_in_where_new_ones_are_blocked_and_in_a_new_one_not()
    {
        var (person, known) = await AddSeenAsync("newDevice-block");
        await known.PostAsync("/signout", [new("csrf", await known.CsrfAsync())]);

        var elsewhere = await SetAsync(BrowserAt(Home), person);
        var stillOld = (await Server.ReadAsync(person)).PasswordHash == person.PasswordHash;
        var here = await SetAsync(known, person);

        Assert.That((elsewhere, stillOld), Is.EqualTo((false, true)));
        Assert.That((here, (await known.GetAsync("/account")).Body.Contains(person.Name!, StringComparison.Ordinal)), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task To_somebody_who_never_signed_in_no_browser_is_new()
    {
        var person = await AddMailPersonAsync();
        await JoinAsync(person, "newDevice-block");
        var browser = BrowserAt(Home);

        var set = await SetAsync(browser, person);

        Assert.That((set, (await browser.GetAsync("/account")).Body.Contains(person.Name!, StringComparison.Ordinal)), Is.EqualTo((true, true)));
        Assert.That((await Server.ReadAsync(person)).LastSignInAt, Is.Not.Null);
    }

    /// <summary>Asks, is approved, goes on and sets a password; whether there was a form for it.</summary>
    private async Task<bool> SetAsync(BrowserClient browser, User person)
    {
        var waiting = await browser.FollowAsync(await browser.SubmitAsync((await browser.GetAsync("/recovery")).FormWith("username"), [new("username", person.UserName!)]));
        var number = Number().Match(waiting.Body).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);
        for (var until = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < until && !await Server.WithDatabaseAsync(db => db.RecoveryRequests.AnyAsync(r => r.Number == number && r.UserId != null));) await Task.Delay(50);
        var id = await Server.WithDatabaseAsync(db => db.RecoveryRequests.Where(r => r.Number == number).Select(r => r.Id).SingleAsync());
        var desk = (await Server.AddHelperAsync()).Browser;
        Assert.That((await desk.PostAsync($"/console/recoveries/{id}", [new("csrf", await desk.CsrfAsync()), new("reason", "Known by voice"), new("decision", "approve")])).IsRedirect, Is.True);
        var page = await browser.FollowAsync(await browser.SubmitAsync((await browser.GetAsync(waiting.Url.PathAndQuery)).FormWith("request"), []));
        if (!page.Forms.Any(f => f.Has("password"))) return false;
        await browser.SubmitAsync(page.FormWith("password"), [new("password", RescuePeople.Fresh)]);
        return true;
    }

    [GeneratedRegex("id=\"number\"[^>]*>([0-9]{4} [0-9]{4})<")]
    private static partial Regex Number();
}
