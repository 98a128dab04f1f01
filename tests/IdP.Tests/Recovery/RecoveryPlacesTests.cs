using System.Net;
using IdP.Recovery.Supervised;
using IdP.Sessions;
using IdP.Tests.Mail;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Recovery;

/// <summary>How many requests to be let in may wait: nobody fills the place of everybody, and the answer is the same for every name.</summary>
public sealed class RecoveryPlacesTests(DatabaseKind database) : MailTest(database)
{
    private const int Share = 20;

    protected override ServerSettings Settings => base.Settings with
    {
        More = new Dictionary<string, string>(base.Settings.More) { ["Recovery:Supervised"] = "true", ["Lockout:MaxMailsPerSource"] = "1000", ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1" },
    };

    [TearDown]
    public Task EmptyAsync() => Server.WithDatabaseAsync(db => db.RecoveryRequests.ExecuteDeleteAsync());

    [TestCase("192.0.2.", "192.0.2.250", "192.0.3.1")]
    [TestCase("2001:db8:0:", "2001:db8::9", "2001:db8:1::9")]
    public async Task One_network_has_a_share_for_every_name_and_its_neighbours_are_not_held_up(string network, string inside, string outside)
    {
        var person = await AddMailPersonAsync();
        await FillAsync(Share, i => network + (network.Contains(':', StringComparison.Ordinal) ? $"{i + 1:x}::1" : $"{i + 1}"), userId: null);

        Page[] full = [await AskAsync(inside, person.UserName!), await AskAsync(inside, "nobody-" + Guid.NewGuid().ToString("N")[..8])];
        var next = await AskAsync(outside, person.UserName!);
        Server.Clock.Advance(AskForRecovery.Lifetime);
        var later = await AskAsync(inside, "somebody-" + Guid.NewGuid().ToString("N")[..8]);

        Assert.That(full.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That((next.Location?.AbsolutePath, later.Location?.AbsolutePath), Is.EqualTo(("/recovery/waiting", "/recovery/waiting")));
    }

    [Test]
    public async Task Invented_names_do_not_take_the_places_of_people()
    {
        var person = await AddMailPersonAsync();
        await FillAsync(AskForRecovery.MaxOpen, i => $"198.{i / 200}.{i % 200}.1", userId: null);

        var open = await AskAsync("203.0.113.5", person.UserName!);
        await FillAsync(AskForRecovery.MaxOpen, i => $"198.{i / 200}.{i % 200}.2", person.Id);
        Page[] full = [await AskAsync("203.0.113.5", person.UserName!), await AskAsync("203.0.113.5", "nobody-here-either")];

        Assert.That(open.Location?.AbsolutePath, Is.EqualTo("/recovery/waiting"));
        Assert.That(full.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.TooManyRequests));
    }

    private async Task<Page> AskAsync(string address, string name)
    {
        var browser = Server.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return await browser.SubmitAsync((await browser.GetAsync("/recovery")).FormWith("username"), [new("username", name)]);
    }

    private Task<int> FillAsync(int count, Func<int, string> address, Guid? userId) => Server.WithDatabaseAsync(async db =>
    {
        var now = Server.Clock.Time.GetUtcNow();
        for (var i = 0; i < count; i++)
        {
            db.RecoveryRequests.Add(new RecoveryRequest
            {
                Number = $"{(userId is null ? 1 : 2)}{i:0000000}", HandleHash = Handles.Hash(Handles.New()), BrowserHash = Handles.Hash(Handles.New()), ProtectedName = "-", UserId = userId, RemoteAddress = address(i), CreatedAt = now, ExpiresAt = now + AskForRecovery.Lifetime,
            });
        }
        return await db.SaveChangesAsync();
    });
}
