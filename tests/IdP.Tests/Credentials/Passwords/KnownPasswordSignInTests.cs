using System.Net;
using System.Security.Cryptography;
using System.Text;
using IdP.Credentials.Passwords;
using IdP.Credentials.Passwords.Known;
using IdP.SignIn;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Credentials.Passwords;

/// <summary>Somebody whose password attackers know proves who they are and then chooses another, before anything opens.</summary>
public sealed class KnownPasswordSignInTests(DatabaseKind database) : ServerTest(database)
{
    private const string Breached = "Slow-Lantern-41-Harbour", Rare = "Slow-Lantern-42-Harbour", New = "Quiet-Meadow-93-Compass";
    private static readonly TestClient Till = new("till", "till-secret");
    private static readonly string List = Path.Combine(Path.GetTempPath(), $"idp-breached-{Guid.NewGuid():N}");

    protected override ServerSettings Settings
    {
        get
        {
            var hashes = ((string[])[Breached + ":9", Rare + ":2", .. Enumerable.Range(0, 2000).Select(i => i + ":9")]).Select(entry => entry.Split(':')).Select(entry => $"{HashOf(entry[0])}:{entry[1]}");
            File.WriteAllLines(List, hashes.Order(StringComparer.Ordinal));
            return base.Settings with
            {
                More = new Dictionary<string, string> { ["Passwords:BreachedHashesPath"] = List, ["Passwords:BreachedMinCount"] = "3", ["Passwords:MaxAge"] = "365.00:00:00" },
                Configuration = TestConfiguration.With("""
                    { "clients": [{ "clientId": "till", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "till-secret" }], "allowedGrantTypes": ["password"], "allowedScopes": ["openid"] }] }
                    """),
            };
        }
    }

    [OneTimeTearDown]
    public void DeleteList() => File.Delete(List);

    [TestCase(Breached, PasswordChangeReason.Breached, "known from a data breach")]
    [TestCase("Summer2026!", PasswordChangeReason.Common, "one of the first that attackers try")]
    public async Task A_known_password_opens_nothing_but_the_choice_of_another(string password, PasswordChangeReason reason, string explanation)
    {
        var person = await AddAsync(password);
        var browser = Server.NewBrowser();
        var request = Server.NewRelyingParty(TestClients.Web).NewRequest("openid");

        var page = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(request.Url), person.UserName!, password));
        var account = await browser.GetAsync("/account");
        var kept = await ChangeAsync(browser, page, password, password);
        var end = await browser.FollowAsync(await ChangeAsync(browser, page, password, New));

        Assert.That((page.Url.AbsolutePath, account.Location!.AbsolutePath), Is.EqualTo(("/account/password", "/account/password")));
        Assert.That(page.Body, Does.Contain(explanation));
        Assert.That(kept.IsRedirect, Is.False);
        Assert.That(end.LocationParameters, Does.ContainKey("code"));
        var decision = (await DecisionsAsync(person)).Single();
        Assert.That((decision.Outcome, decision.PasswordChangeReason), Is.EqualTo((SignInOutcome.Success, reason)));
        var after = await Server.ReadAsync(person);
        Assert.That((after.MustChangePassword, after.PasswordChangeReason), Is.EqualTo((false, (PasswordChangeReason?)null)));
    }

    [Test]
    public async Task A_password_that_is_breached_too_seldom_or_unknown_signs_in_and_asks_for_nothing()
    {
        foreach (var password in (string[])[Rare, New])
        {
            var person = await AddAsync(password);

            var page = await Server.NewBrowser().TrySignInAsync(person.UserName!, password);

            Assert.That(page.Location!.AbsolutePath, Is.EqualTo("/account"));
            Assert.That(((await Server.ReadAsync(person)).MustChangePassword, (await DecisionsAsync(person)).Single().PasswordChangeReason), Is.EqualTo((false, (PasswordChangeReason?)null)));
        }
    }

    [Test]
    public async Task The_administrator_reads_why_somebody_had_to_choose_a_new_one()
    {
        var person = await AddAsync(Breached);
        await Server.NewBrowser().TrySignInAsync(person.UserName!, Breached);
        using var owner = Server.NewBrowser();
        await owner.TrySignInAsync(TestUsers.Root.UserName, TestUsers.Root.Password);

        var page = await owner.OpenAsync($"/console/users/{person.Id}");

        Assert.That(page.Body, Does.Contain("Signed in, breached password"));
    }

    [Test]
    public async Task A_password_that_came_as_a_hash_is_looked_up_when_it_is_first_seen()
    {
        var person = await AddAsync(New, user => user.PasswordHash = new PasswordHasher<User>().HashPassword(user, Breached));

        await Server.NewBrowser().TrySignInAsync(person.UserName!, Breached);

        var after = await Server.ReadAsync(person);
        Assert.That((after.MustChangePassword, after.PasswordChangeReason), Is.EqualTo((true, (PasswordChangeReason?)PasswordChangeReason.Breached)));
        Assert.That(after.PasswordHash, Does.StartWith("$argon2id$"));
    }

    [Test]
    public async Task Of_a_password_as_long_as_it_may_be_every_character_counts_at_the_form()
    {
        var longest = string.Concat(Enumerable.Range(0, 256).Select(i => char.ConvertFromUtf32(0x1F300 + i)));
        var person = await AddAsync(longest);

        var (right, shorter, longer) = (await Server.NewBrowser().TrySignInAsync(person.UserName!, longest), await Server.NewBrowser().TrySignInAsync(person.UserName!, longest[..^2]), await Server.NewBrowser().TrySignInAsync(person.UserName!, longest + "x"));

        Assert.That((right.IsRedirect, shorter.IsRedirect, longer.IsRedirect), Is.EqualTo((true, false, false)));
    }

    [Test]
    public async Task A_wrong_password_is_never_looked_up_however_well_known_it_is()
    {
        var person = await AddAsync(New);

        var page = await Server.NewBrowser().TrySignInAsync(person.UserName!, Breached);

        Assert.That(page.IsRedirect, Is.False);
        Assert.That(((await Server.ReadAsync(person)).MustChangePassword, (await DecisionsAsync(person)).Single().PasswordChangeReason), Is.EqualTo((false, (PasswordChangeReason?)null)));
    }

    [Test]
    public async Task The_second_factor_is_owed_all_the_same_and_comes_first()
    {
        var person = await AddAsync(Breached);
        await Server.AddAppAsync(person);
        var browser = Server.NewBrowser();

        var page = await browser.FollowAsync(await browser.TrySignInAsync(person.UserName!, Breached));
        var account = await browser.GetAsync("/account/password");

        Assert.That(page.Url.AbsolutePath, Does.StartWith("/signin/"));
        Assert.That(account.Location!.AbsolutePath, Is.EqualTo("/signin"));
        var decision = (await DecisionsAsync(person)).Single();
        Assert.That((decision.Outcome, decision.PasswordChangeReason), Is.EqualTo((SignInOutcome.FactorNeeded, PasswordChangeReason.Breached)));
        Assert.That((await Server.ReadAsync(person)).MustChangePassword, Is.True);
    }

    [Test]
    public async Task An_app_that_collects_passwords_is_refused_like_for_a_wrong_one()
    {
        var (known, unknown) = (await AddAsync(Breached), await AddAsync(New));
        var till = Server.NewRelyingParty(Till);
        Task<TokenAnswer> AskAsync(User person, string password) => till.TokenAsync([new("grant_type", "password"), new("username", person.UserName!), new("password", password)]);

        var (refused, wrong, right) = (await AskAsync(known, Breached), await AskAsync(unknown, Breached), await AskAsync(unknown, New));

        Assert.That((refused.Status, refused.Body), Is.EqualTo((HttpStatusCode.BadRequest, wrong.Body)));
        Assert.That((refused.Error, right.Status), Is.EqualTo(("invalid_grant", HttpStatusCode.OK)));
        var decision = (await DecisionsAsync(known)).Single();
        Assert.That((decision.Outcome, decision.PasswordChangeReason), Is.EqualTo((SignInOutcome.MoreNeeded, PasswordChangeReason.Breached)));
    }

    [Test]
    public async Task For_an_app_nothing_is_looked_up_of_somebody_who_owes_a_factor()
    {
        var person = await AddAsync(Breached);
        await Server.AddAppAsync(person);

        var answer = await Server.NewRelyingParty(Till).TokenAsync([new("grant_type", "password"), new("username", person.UserName!), new("password", Breached)]);

        Assert.That(answer.Error, Is.EqualTo("invalid_grant"));
        Assert.That(((await Server.ReadAsync(person)).MustChangePassword, (await DecisionsAsync(person)).Single().PasswordChangeReason), Is.EqualTo((false, (PasswordChangeReason?)null)));
    }

    [Test]
    public async Task A_password_older_than_the_operator_allows_must_be_changed()
    {
        var person = await AddAsync(New, user => user.PasswordChangedAt = Server.Clock.Time.GetUtcNow().AddDays(-366));
        var browser = Server.NewBrowser();

        var page = await browser.FollowAsync(await browser.FollowAsync(await browser.TrySignInAsync(person.UserName!, New)));

        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/account/password"));
        Assert.That((await DecisionsAsync(person)).Single().PasswordChangeReason, Is.EqualTo(PasswordChangeReason.TooOld));
    }

    [TestCase(Breached, "known from a data breach")]
    [TestCase("Password-2026", "one of the first that attackers try")]
    [TestCase("short", "8 to 256 characters")]
    public async Task Neither_is_taken_as_a_new_password(string replacement, string message)
    {
        var person = await AddAsync(New);
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, New);

        var page = await ChangeAsync(browser, await browser.GetAsync("/account/password"), New, replacement);

        Assert.That(page.Body, Does.Contain(message));
        Assert.That((await Server.ReadAsync(person)).PasswordHash, Is.EqualTo(person.PasswordHash));
    }

    [Test]
    public async Task A_password_of_the_name_is_refused_and_one_in_another_form_of_unicode_is_the_same()
    {
        var person = await AddAsync("Crème brûlée zum Frühstück");
        var browser = Server.NewBrowser();
        var signedIn = await browser.TrySignInAsync(person.UserName!, "Crème brûlée zum Frühstück".Normalize(NormalizationForm.FormD));
        var page = await browser.GetAsync("/account/password");

        var own = await ChangeAsync(browser, page, "Crème brûlée zum Frühstück", person.UserName + "!1");
        var same = await ChangeAsync(browser, page, "Crème brûlée zum Frühstück", "Crème brûlée zum Frühstück".Normalize(NormalizationForm.FormD));

        Assert.That(signedIn.IsRedirect, Is.True);
        Assert.That(own.Body, Does.Contain("must not be made of names"));
        Assert.That(same.Body, Does.Contain("that you do not have already"));
    }

    private Task<User> AddAsync(string password, Action<User>? adapt = null) => Server.AddPersonAsync(user =>
    {
        user.PasswordChangedAt = Server.Clock.Time.GetUtcNow();
        user.PasswordHash = Server.Services.GetRequiredService<IPasswordHasher<User>>().HashPassword(user, password);
        adapt?.Invoke(user);
    });

    private Task<List<SignInDecision>> DecisionsAsync(User person) => Server.WithDatabaseAsync(db => db.SignInDecisions.Where(d => d.UserId == person.Id).ToListAsync());

    private static Task<Page> ChangeAsync(BrowserClient browser, Page page, string current, string replacement) =>
        browser.SubmitAsync(page.FormWith("replacement"), [new("current", current), new("replacement", replacement)]);

#pragma warning disable CA5350 // what the lists are made of
    private static string HashOf(string password) => Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(password)));
#pragma warning restore CA5350
}
