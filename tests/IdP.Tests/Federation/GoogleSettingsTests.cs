using System.Net;
using Microsoft.Extensions.Options;

namespace IdP.Tests.Federation;

public sealed class GoogleSettingsTests(DatabaseKind database) : GoogleServerTest(database)
{
    private static readonly UpstreamAccount Stranger = new("300", "stranger@example.test", true);
    private static readonly UpstreamAccount Outsider = new("301", "outsider@corp.test", true, HostedDomain: "other.test");
    private static readonly UpstreamAccount Colleague = new("302", "colleague@corp.test", true, HostedDomain: "corp.test");

    protected override IReadOnlyList<UpstreamAccount> Accounts => [Stranger, Outsider, Colleague];

    protected override IReadOnlyDictionary<string, string> More => new Dictionary<string, string>
    {
        ["Authentication:Google:AllowedDomains:0"] = "Corp.test",
        ["Authentication:Google:AllowNewUsers"] = "false",
    };

    [TestCase("stranger")]
    [TestCase("outsider")]
    public async Task Only_people_of_an_allowed_domain_come_in_whatever_their_address(string name)
    {
        var account = Accounts.Single(a => a.Email.StartsWith(name, StringComparison.Ordinal));

        var page = await SignInAsync(Server.NewBrowser(), account);

        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That(page.Body, Does.Contain("You could not be signed in that way"));
    }

    [Test]
    public async Task Without_new_users_somebody_unknown_is_told_to_ask_for_an_account()
    {
        var page = await SignInAsync(Server.NewBrowser(), Colleague);

        Assert.That((page.Url.AbsolutePath, (await UsersWithAsync(Colleague.Email)).Count), Is.EqualTo(("/signin", 0)));
        Assert.That(page.Body, Does.Contain("There is no account for you here yet"));
    }
}

public sealed class GoogleOffTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task Without_client_id_there_is_no_button_and_no_address()
    {
        var browser = Server.NewBrowser();
        var signIn = await browser.GetAsync("/signin");

        var challenge = await browser.PostAsync("/signin/external/google", signIn.FormWith("username").Fill([]));
        var callback = await browser.GetAsync("/signin/google/callback?code=x&state=y");

        Assert.That(signIn.Body, Does.Not.Contain("/signin/external/"));
        Assert.That((challenge.Status, callback.Status), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
    }

    [TestCase("--Authentication:Google:ClientId=id", "Authentication:Google:ClientSecret")]
    [TestCase("--Authentication:Google:ClientId=id --Authentication:Google:ClientSecret=s --Authentication:Google:TokenEndpoint=http://token.example.test/", "Authentication:Google:TokenEndpoint")]
    public void A_half_set_provider_stops_the_start_with_the_name_of_the_key(string arguments, string key)
    {
        var settings = arguments.Split(' ').Select(argument => argument[2..].Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

        Assert.That(() => ServerUnderTest.StartAsync(Settings with { More = settings }), Throws.TypeOf<OptionsValidationException>().With.Message.Contains(key));
    }
}
