using System.Net;
using IdP.Groups;
using IdP.Organizations;
using IdP.Policies;
using IdP.Risk;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Policies;

/// <summary>Policies in the console, without script.</summary>
public sealed class PolicyConsoleTests(DatabaseKind database) : ServerTest(database)
{
    private const string OfTheFile = "of the file";

    protected override ServerSettings Settings => new(Database)
    {
        More = new Dictionary<string, string> { ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1" },
        Configuration = TestConfiguration.With($$"""
            { "organizations": [{ "name": "acme", "displayName": "Acme <b>Ltd" }], "groups": [{ "name": "finance" }, { "name": "sales" }],
              "signInPolicies": [{ "name": "{{OfTheFile}}", "groups": ["sales"], "maxAge": 3600, "networks": ["192.0.2.0/24"] }] }
            """),
    };

    [Test]
    public async Task An_owner_creates_a_policy_changes_every_field_of_it_and_deletes_it()
    {
        using var owner = await OwnerAsync();
        var name = NewName() + " <i>\u00e9";

        var created = await owner.SubmitAsync((await owner.GetAsync("/console/policies/new")).FormWith("networks"),
            [new("name", $"  {name} "), new("description", "why"), new("organizations", "acme"), new("groups", "finance"), new("groups", "sales"), new("clients", "web"), new("factors", "Mfa"), new("maxAge", "600"), new("rememberDays", "7"), new("networks", "192.0.2.0/24\r\n2001:db8::/32"), new("outside", "Ask")]);
        var page = await owner.FollowAsync(created);
        var first = await FindAsync(name);
        var list = await owner.GetAsync("/console/policies");
        var form = page.FormWith("networks");
        var unchanged = await owner.FollowAsync(await owner.SubmitAsync(form, []));
        var same = await FindAsync(name);
        var saved = await owner.FollowAsync(await owner.PostAsync(form.Action.AbsoluteUri, [new("csrf", form["csrf"].Value), new("version", form["version"].Value), new("factors", "PhishingResistant"), new("clients", "web"), new("groups", "sales"), new("maxAge", ""), new("rememberDays", "0"), new("networks", ""), new("outside", "Block")]));
        var second = await FindAsync(name);
        var mistyped = await owner.SubmitAsync(saved.FormWith("confirm"), [new("confirm", "another")]);
        var deleted = await owner.FollowAsync(await owner.SubmitAsync(saved.FormWith("confirm"), [new("confirm", name)]));

        Assert.That((page.Url.AbsolutePath, page.Body.Contains("The policy is created", StringComparison.Ordinal)), Is.EqualTo(($"/console/policies/{first!.Id}", true)));
        Assert.That((first.Description, first.Enabled, first.Factors, first.MaxAge, first.RememberDays, first.Outside), Is.EqualTo(("why", true, FactorDemand.Mfa, (int?)600, (int?)7, OutsideNetworks.Ask)));
        Assert.That((List<string>[])[first.Organizations, first.Groups, first.Clients, first.Networks], Is.EqualTo((string[][])[["acme"], ["finance", "sales"], ["web"], ["192.0.2.0/24", "2001:db8::/32"]]));
        Assert.That(list.Body, Does.Contain("People of acme, in finance or sales, on the way to web").And.Contain("Two factors, proof not older than 10 minutes, two factors from other networks, browsers remembered 7 days at most").And.Not.Contain("<i>"));
        Assert.That(page.Body, Does.Contain("Acme &lt;b&gt;Ltd"));
        Assert.That((unchanged.Status, same!.Version), Is.EqualTo((HttpStatusCode.OK, first.Version)), "what the form shows is what is stored");
        Assert.That((second!.Enabled, second.Description, second.Factors, second.MaxAge, second.RememberDays, second.Outside, second.Organizations.Count, second.Networks.Count), Is.EqualTo((false, (string?)null, FactorDemand.PhishingResistant, (int?)null, (int?)0, OutsideNetworks.Block, 0, 0)));
        Assert.That((mistyped.Status, mistyped.Body.Contains("Type the name exactly", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.BadRequest, true)));
        Assert.That((deleted.Url.AbsolutePath, await FindAsync(name)), Is.EqualTo(("/console/policies", (SignInPolicy?)null)));
        var audit = await Server.WithDatabaseAsync(db => db.AuditEntries.Where(e => e.TargetId == name).OrderBy(e => e.At).Select(e => e.Action + " by " + e.Source).ToListAsync());
        Assert.That(audit, Is.EqualTo((string[])["sign_in_policy.created by console", "sign_in_policy.updated by console", "sign_in_policy.deleted by console"]));
    }

    [Test]
    public async Task What_signals_of_risk_lead_to_is_chosen_one_by_one_and_not_for_some_apps()
    {
        using var owner = await OwnerAsync();
        var name = NewName();
        KeyValuePair<string, string>[] chosen = [new("name", name), new("groups", "sales"), new("newDevice", "Ask"), new("newNetwork", "Ask"), new("impossibleTravel", "Block"), new("manyFailures", "Allow"), new("listedAddress", "Block")];

        var page = await owner.FollowAsync(await owner.SubmitAsync((await owner.GetAsync("/console/policies/new")).FormWith("networks"), chosen));
        var stored = SignInPolicySettings.From((await FindAsync(name))!).Risk;
        var unchanged = await owner.FollowAsync(await owner.SubmitAsync(page.FormWith("networks"), []));
        var list = await owner.GetAsync("/console/policies");
        var refused = await owner.SubmitAsync(page.FormWith("networks"), [new("clients", "web")]);

        Assert.That(stored, Is.EquivalentTo(new Dictionary<RiskSignal, RiskAnswer> { [RiskSignal.NewDevice] = RiskAnswer.Ask, [RiskSignal.NewNetwork] = RiskAnswer.Ask, [RiskSignal.ImpossibleTravel] = RiskAnswer.Block, [RiskSignal.ListedAddress] = RiskAnswer.Block }));
        Assert.That((unchanged.Status, (await FindAsync(name))!.Version), Is.EqualTo((HttpStatusCode.OK, 0)));
        Assert.That(list.Body, Does.Contain("A factor shown now on a new browser or a new network, nobody in on impossible travel or a listed address"));
        Assert.That((refused.Status, refused.Body.Contains("id=\"risk-error\"", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.BadRequest, true)));
    }

    [Test]
    public async Task What_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost()
    {
        using var owner = await OwnerAsync();
        var form = (await owner.GetAsync("/console/policies/new")).FormWith("networks");

        var page = await owner.PostAsync(form.Action.AbsoluteUri,
            [.. form.Fill([new("name", " "), new("maxAge", "an hour"), new("rememberDays", "31"), new("networks", "192.0.2.1/24"), new("groups", "sales"), new("description", "d\u202e")]), new("groups", "ghosts"), new("clientsMore", "no-such-app\nweb"), new("organizationsMore", new string('x', 300))]);
        var taken = await owner.SubmitAsync(form, [new("name", OfTheFile)]);
        var again = page.FormWith("networks");

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        foreach (var field in (string[])["name", "maxAge", "rememberDays", "networks", "description", "organizations", "groups", "clients"]) Assert.That(page.Body, Does.Contain($"id=\"{field}-error\""), field);
        Assert.That(WebUtility.HtmlDecode(page.Body), Does.Contain("There is no group \"ghosts\"").And.Contain("There is no client \"no-such-app\""));
        Assert.That((again["maxAge"].Value, again["rememberDays"].Value, again["networks"].Value, again["groupsMore"].Value, again["clientsMore"].Value), Is.EqualTo(("an hour", "31", "192.0.2.1/24", "ghosts", "no-such-app")));
        Assert.That(again.Fields.Where(f => f is { Sent: true, Name: "groups" or "clients" }).Select(f => f.Value), Is.EquivalentTo((string[])["sales", "web"]));
        Assert.That((taken.Status, taken.Body.Contains("id=\"name-error\"", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.Conflict, true)));
    }

    [Test]
    public async Task Somebody_who_changes_what_another_has_changed_meanwhile_is_refused()
    {
        using var owner = await OwnerAsync();
        var page = await owner.FollowAsync(await owner.SubmitAsync((await owner.GetAsync("/console/policies/new")).FormWith("networks"), [new("name", NewName()), new("groups", "finance"), new("maxAge", "600")]));

        var first = await owner.SubmitAsync(page.FormWith("networks"), [new("maxAge", "700")]);
        var second = await owner.SubmitAsync(page.FormWith("networks"), [new("maxAge", "800")]);
        var delete = await owner.SubmitAsync(page.FormWith("confirm"), [new("confirm", WebUtility.HtmlDecode(page.Body.Split("<h1>")[1].Split("</h1>")[0]))]);

        Assert.That((first.Status, second.Status, delete.Status), Is.EqualTo((HttpStatusCode.SeeOther, HttpStatusCode.Conflict, HttpStatusCode.Conflict)));
        Assert.That(second.Body, Does.Contain("Somebody else changed"));
        Assert.That(second.FormWith("networks")["maxAge"].Value, Is.EqualTo("800"), "and keeps what they typed");
    }

    [Test]
    public async Task A_policy_of_the_configuration_file_says_so()
    {
        using var owner = await OwnerAsync();

        var page = await owner.GetAsync($"/console/policies/{(await FindAsync(OfTheFile))!.Id}");

        Assert.That(page.Body, Does.Contain("id=\"in-file\""));
    }

    [TestCase("factors", "PhishingResistant", "a factor that you do not have")]
    [TestCase("networks", "192.0.2.0/24", "the address you are working from is outside")]
    public async Task Whoever_would_keep_themselves_out_is_told_before_it_is_saved_and_saves_it_all_the_same_when_they_mean_it(string field, string value, string said)
    {
        using var owner = await OwnerAsync();
        var name = NewName();
        var form = (await owner.GetAsync("/console/policies/new")).FormWith("networks");

        var warned = await owner.SubmitAsync(form, [new("name", name), new(field, value)]);
        var before = await FindAsync(name);
        var saved = await owner.SubmitAsync(warned.FormWith("networks"), [new("confirmed", "true")]);
        var after = await FindAsync(name);
        // Nobody else of these tests shall meet it.
        await Server.WithDatabaseAsync(async db =>
        {
            db.SignInPolicies.Remove(await db.SignInPolicies.SingleAsync(p => p.Name == name));
            return await db.SaveChangesAsync();
        });

        Assert.That((warned.Status, warned.Body.Contains(said, StringComparison.Ordinal), before), Is.EqualTo((HttpStatusCode.Conflict, true, (SignInPolicy?)null)));
        Assert.That((saved.Status, after?.Enabled), Is.EqualTo((HttpStatusCode.SeeOther, (bool?)true)));
    }

    [Test]
    public async Task What_keeps_out_others_only_or_is_not_enabled_is_saved_without_a_warning_and_a_change_is_warned_of_too()
    {
        using var owner = await OwnerAsync();
        var form = (await owner.GetAsync("/console/policies/new")).FormWith("networks");

        var others = await owner.SubmitAsync(form, [new("name", NewName()), new("groups", "finance"), new("factors", "PhishingResistant")]);
        var off = await owner.PostAsync(form.Action.AbsoluteUri, [.. form.Fill([new("name", NewName()), new("factors", "PhishingResistant")]).Where(pair => pair.Key != "enabled")]);
        var page = await owner.FollowAsync(off);
        var on = await owner.PostAsync(page.FormWith("networks").Action.AbsoluteUri, [.. page.FormWith("networks").Fill([]), new("enabled", "true")]);
        var app = await owner.SubmitAsync(form, [new("name", NewName()), new("clients", "web"), new("networks", "192.0.2.0/24")]);

        Assert.That((others.Status, off.Status), Is.EqualTo((HttpStatusCode.SeeOther, HttpStatusCode.SeeOther)));
        Assert.That((on.Status, on.Body.Contains("id=\"lock-out\"", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.Conflict, true)));
        Assert.That((app.Status, app.Body.Contains("on the way to web", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.Conflict, true)));
    }

    [Test]
    public async Task More_groups_than_fit_into_boxes_are_typed()
    {
        using var owner = await OwnerAsync();
        await Server.WithDatabaseAsync(async db =>
        {
            db.Groups.AddRange(Enumerable.Range(0, 30).Select(i => new Group { Name = $"zz-{i:00}" }));
            db.Organizations.Add(new Organization { Name = "umbrella" });
            return await db.SaveChangesAsync();
        });
        var name = NewName();

        var page = await owner.FollowAsync(await owner.SubmitAsync((await owner.GetAsync("/console/policies/new")).FormWith("networks"), [new("name", name), new("groups", "sales"), new("groupsMore", "zz-29\r\n\r\n sales \r\n"), new("organizations", "umbrella")]));
        var stored = await FindAsync(name);

        Assert.That(stored!.Groups, Is.EqualTo((string[])["sales", "zz-29"]));
        Assert.That(page.FormWith("networks")["groupsMore"].Value, Is.EqualTo("zz-29"));
        await Server.WithDatabaseAsync(db => db.Groups.Where(g => g.Name.StartsWith("zz-")).ExecuteDeleteAsync());
    }

    [Test]
    public async Task Nobody_but_an_owner_sees_or_changes_policies()
    {
        using var browser = Server.NewBrowser();
        var person = await Server.AddPersonAsync();
        await browser.BeginAsync(person);
        var csrf = (await browser.GetAsync("/account/sessions")).Forms.First(form => form.Has("csrf"))["csrf"].Value;
        var id = (await FindAsync(OfTheFile))!.Id;

        Page[] answers =
        [
            await browser.GetAsync("/console/policies"), await browser.GetAsync($"/console/policies/{id}"), await browser.PostAsync("/console/policies/new", [new("csrf", csrf), new("name", "x")]),
            await browser.PostAsync($"/console/policies/{id}", [new("csrf", csrf), new("version", "0")]), await browser.PostAsync($"/console/policies/{id}/delete", [new("csrf", csrf), new("version", "0"), new("confirm", OfTheFile)]),
        ];
        using var owner = await OwnerAsync();

        Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await FindAsync(OfTheFile), Is.Not.Null);
        Assert.That((await owner.GetAsync("/console/policies/" + Guid.NewGuid())).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await owner.PostAsync($"/console/policies/{id}/delete", [new("version", "0"), new("confirm", OfTheFile)])).Status, Is.EqualTo(HttpStatusCode.BadRequest), "without the token of the form");
    }

    private async Task<BrowserClient> OwnerAsync()
    {
        var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.GetAsync("/signin"), TestUsers.Root.UserName, TestUsers.Root.Password);
        return browser;
    }

    private Task<SignInPolicy?> FindAsync(string name) => Server.WithDatabaseAsync(db => db.SignInPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Name == name));

    private static string NewName() => "policy " + Guid.NewGuid().ToString("N")[..8];
}
