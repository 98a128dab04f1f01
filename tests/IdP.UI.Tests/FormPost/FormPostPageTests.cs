using Microsoft.AspNetCore.WebUtilities;

namespace IdP.UI.Tests.FormPost;

/// <summary>The page that carries codes and tokens to an app in a form (OAuth 2.0 Form Post Response Mode 1.0), in a real browser under its real policy.</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class FormPostPageTests(DatabaseKind database) : ServerTest(database)
{
    private readonly Uri app = new($"http://localhost:{LoopbackPort.Free()}");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            {
              "clients": [
                {
                  "clientId": "poster", "clientName": "Old expense <b>report</b>", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "poster-secret" }],
                  "allowedGrantTypes": ["authorization_code", "hybrid"], "allowAccessTokensViaBrowser": true, "requirePkce": false,
                  "redirectUris": ["{{app}}signin-oidc"], "allowedScopes": ["openid", "profile"]
                }
              ]
            }
            """),
    };

    private string Request(string responseType, string state) => QueryHelpers.AddQueryString("/connect/authorize", new Dictionary<string, string?>
    {
        ["client_id"] = "poster", ["response_type"] = responseType, ["response_mode"] = "form_post", ["redirect_uri"] = app + "signin-oidc", ["scope"] = "openid profile", ["state"] = state, ["nonce"] = "n-1",
    });

    [Test]
    public async Task The_page_posts_itself_to_the_app_after_the_sign_in([Values("code", "code id_token token")] string responseType)
    {
        await using var receiver = await ReceivingApp.StartAsync(app);
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, hosts: app.Authority);
        const string state = "\"><script>alert(1)</script> submit=\u00fc\U0001F600";

        await visitor.Page.GotoAsync(Request(responseType, state));
        await visitor.SignInAsync(TestUsers.Alice);
        await visitor.Page.ArriveAtAsync(app + "signin-oidc");

        Assert.That(await visitor.Page.TextContentAsync("h1"), Is.EqualTo("The app"));
        var fields = receiver.Received.Single();
        Assert.That(fields["state"], Is.EqualTo(state));
        Assert.That(fields.Keys, Is.SupersetOf(responseType.Split(' ').Select(type => type == "token" ? "access_token" : type)));
    }

    [Test]
    public async Task Without_script_a_button_posts_it_and_errors_go_the_same_way()
    {
        await using var receiver = await ReceivingApp.StartAsync(app);
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, javaScript: false, hosts: app.Authority);

        await visitor.Page.GotoAsync(Request("code", "s") + "&prompt=none");
        Assert.That(await visitor.Page.TextContentAsync("h1"), Is.EqualTo("Back to Old expense <b>report</b>"));
        await visitor.Page.ClickAsync("button[type=submit]");
        await visitor.Page.ArriveAtAsync(app + "signin-oidc");

        Assert.That(receiver.Received.Single()["error"], Is.EqualTo("login_required"));
    }

    [Test]
    public async Task The_policy_of_the_page_lets_its_form_go_nowhere_else()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        await StopScriptAsync(visitor);
        await visitor.Page.GotoAsync(Request("code", "s") + "&prompt=none");

        await visitor.Page.EvaluateAsync("document.forms[0].action = '/signin'; document.forms[0].submit()");
        await visitor.Page.WaitForTimeoutAsync(500);

        Assert.That(visitor.Page.Url, Does.Contain("/connect/authorize"));
        Assert.That(visitor.TakeProblems(), Has.Some.Contains("form-action"));
    }

    [Test]
    public async Task The_page_is_accessible_in_both_themes_and_at_both_widths([Values] bool dark)
    {
        var phone = Looks.IsPhone(Database, dark);
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, phone);
        await StopScriptAsync(visitor);

        await visitor.Page.GotoAsync(Request("code", "s") + "&prompt=none");

        await visitor.AssertAccessibleAsync("form post");
    }

    /// <summary>The page as it looks before its script runs.</summary>
    private static async Task StopScriptAsync(Visitor visitor) =>
        await visitor.Page.RouteAsync("**/form-post.js", route => route.FulfillAsync(new() { ContentType = "text/javascript", Body = "" }));
}
