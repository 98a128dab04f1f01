using System.Globalization;
using System.Text.Json;

namespace IdP.Testing;

/// <summary>An account at the other company; <paramref name="EmailVerified"/> is written as it is, so that wrong JSON types can be played.</summary>
public sealed record UpstreamAccount(string Subject, string Email, object? EmailVerified, string? HostedDomain = null, string Name = "Up Stream")
{
    public const string Password = "upstream-password";
}

/// <summary>The other company's provider as a process of its own, with Google's endpoints.</summary>
public sealed class UpstreamProvider : IAsyncDisposable
{
    private const string ClientId = "our-client-id";
    private const string ClientSecret = "our-client-secret-of-32-characters";
    private const int MaxSteps = 10;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private ChildProcess? process;

    public Uri Origin { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{LoopbackPort.Free()}"));

    /// <summary>What the server under test must be told.</summary>
    public Dictionary<string, string> Settings => new()
    {
        ["Authentication:Google:ClientId"] = ClientId,
        ["Authentication:Google:ClientSecret"] = ClientSecret,
        ["Authentication:Google:AuthorizationEndpoint"] = new Uri(Origin, "/o/oauth2/v2/auth").AbsoluteUri,
        ["Authentication:Google:TokenEndpoint"] = new Uri(Origin, "/token").AbsoluteUri,
        ["Authentication:Google:UserInformationEndpoint"] = new Uri(Origin, "/oauth2/v3/userinfo").AbsoluteUri,
    };

    public Task StartAsync(Uri client, IEnumerable<UpstreamAccount> accounts) => StartAsync(accounts, new Dictionary<string, string>
    {
        ["CLIENT_ID"] = ClientId,
        ["CLIENT_SECRET"] = ClientSecret,
        ["REDIRECT_URIS"] = new Uri(client, "/signin/google/callback").AbsoluteUri,
    });

    /// <summary>A provider with endpoints of its own choice, for these clients (JSON metadata).</summary>
    public Task StartAsync(string clients, IEnumerable<UpstreamAccount> accounts) => StartAsync(accounts, new Dictionary<string, string> { ["CLIENTS"] = clients });

    private async Task StartAsync(IEnumerable<UpstreamAccount> accounts, Dictionary<string, string> environment)
    {
        var list = accounts.Select(a => new { sub = a.Subject, name = a.Name, email = a.Email, email_verified = a.EmailVerified, hd = a.HostedDomain, password = UpstreamAccount.Password });
        process = await ChildProcess.StartAsync("node", ["upstream-provider.mjs"], Repository.PathOf("tests", "peers"), new Dictionary<string, string>(environment)
        {
            ["PORT"] = Origin.Port.ToString(CultureInfo.InvariantCulture),
            ["ACCOUNTS"] = JsonSerializer.Serialize(list),
        });
        var started = TimeProvider.System.GetTimestamp();
        while (!process.Output.Any(line => line.Contains("\"listening\"", StringComparison.Ordinal)))
        {
            if (process.Exited.IsCompleted || TimeProvider.System.GetElapsedTime(started) > StartLimit)
                throw new InvalidOperationException("The upstream provider did not start:" + Environment.NewLine + string.Join(Environment.NewLine, process.Output));
            await Task.Delay(20);
        }
    }

    /// <summary>Presses the button of the sign-in page that is shown, signs in at the provider (or cancels when no account is given) and stops at the redirect back.</summary>
    public static Task<Page> VisitAsync(BrowserClient browser, Page signIn, UpstreamAccount? account, params IEnumerable<KeyValuePair<string, string>> changes) => VisitAsync(browser, signIn, account, "/signin/external/google", changes);

    /// <param name="action">Where the button of the page sends its form.</param>
    public static async Task<Page> VisitAsync(BrowserClient browser, Page from, UpstreamAccount? account, string action, params IEnumerable<KeyValuePair<string, string>> changes)
    {
        return await GoOnAsync(browser, await browser.SubmitAsync(from.Forms.Single(form => form.Action.AbsolutePath == action), changes), account);
    }

    /// <summary>From the redirect to the provider to the redirect back.</summary>
    public static async Task<Page> GoOnAsync(BrowserClient browser, Page page, UpstreamAccount? account)
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            if (page.IsRedirect && page.Location!.Authority == browser.Origin.Authority) return page; // a redirect has a location
            if (page.IsRedirect) page = await browser.GetAsync(page.Location!.AbsoluteUri);
            else if (account is null) page = await browser.SubmitAsync(page.FormWith("email"), [], new("cancel", "1"));
            else page = await browser.SubmitAsync(page.FormWith("email"), [new("email", account.Email), new("password", UpstreamAccount.Password)]);
        }

        throw new InvalidOperationException($"The provider did not send the browser back; it shows {page.Url} ({(int)page.Status}):{Environment.NewLine}{page.Body}");
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await process.DisposeAsync();
    }
}
