using System.Collections.Concurrent;

namespace Fuzz;

/// <summary>Who sends: the cookies of a browser and the token its forms need.</summary>
internal sealed record Sender(string Cookies, string Csrf);

/// <summary>A code that waits for its exchange.</summary>
internal sealed record OpenCode(string Code, string Verifier, string RedirectUri, TestClient Client);

/// <summary>The last few of something valid; requests use them up, so they are renewed all the time.</summary>
internal sealed class Pool<T>(int capacity = 24)
{
    private readonly ConcurrentQueue<T> items = new();

    public void Add(T item)
    {
        items.Enqueue(item);
        while (items.Count > capacity) items.TryDequeue(out _);
    }

    public T Pick(Random random)
    {
        var all = items.ToArray();
        return all[random.Next(all.Length)];
    }

    public IReadOnlyList<T> All => [.. items];
}

/// <summary>
/// Everything valid that requests are built from: sessions, codes, tokens. Renewing it is also a test: the plain flows must go on working while
/// thousands of malformed requests arrive beside them.
/// </summary>
internal sealed class Corpus(Uri origin) : IDisposable
{
    private const string Scopes = "openid profile email api.read offline_access";
    private static readonly TestClient[] Apps = [TestClients.Web, TestClients.Consenting, TestClients.Opaque, TestClients.Spa, TestClients.Elliptic];

    private readonly RelyingParty[] parties = [.. Apps.Select(app => new RelyingParty(origin, app.ClientId, app.Secret, app.RedirectUri))];
    private readonly RelyingParty machine = new(origin, TestClients.Machine.ClientId, TestClients.Machine.Secret);
    private BrowserClient? alice;
    private int renewals;

    public Pool<OpenCode> Codes { get; } = new();
    public Pool<string> AccessTokens { get; } = new();
    public Pool<string> RefreshTokens { get; } = new();
    public Pool<string> IdTokens { get; } = new();

    /// <summary>As a device shows them; some are approved by the person while the run goes on.</summary>
    public Pool<string> UserCodes { get; } = new();

    public Pool<string> DeviceCodes { get; } = new();

    /// <summary>Tokens by which apps that registered themselves manage their registration, with its address.</summary>
    public Pool<(string Path, string Token)> Registrations { get; } = new();

    public string Issuer => origin.GetLeftPart(UriPartial.Authority);

    /// <summary>Addresses of consent pages, as the authorization endpoint made them.</summary>
    public Pool<string> ConsentUrls { get; } = new();

    public Sender Person { get; private set; } = new("", "");
    public Sender Owner { get; private set; } = new("", "");
    public Sender Stranger { get; private set; } = new("", "");

    /// <summary>For requests that end a session when they stay valid: the others must go on.</summary>
    public Sender Leaver { get; private set; } = new("", "");

    public string AnyToken(Random random) => random.Next(5) switch
    {
        0 => Codes.Pick(random).Code,
        1 => random.Next(3) switch { 0 => DeviceCodes.Pick(random), 1 => UserCodes.Pick(random), _ => RefreshTokens.Pick(random) },
        2 => IdTokens.Pick(random),
        3 => HostileJwt.Mutate(random.Next(2) == 0 ? IdTokens.Pick(random) : AccessTokens.Pick(random), random),
        _ => AccessTokens.Pick(random),
    };

    /// <summary>What must never be read in an answer to somebody else or in the log.</summary>
    public IEnumerable<string> Secrets => [.. Apps.Select(app => app.Secret).OfType<string>(), TestUsers.Alice.Password, TestUsers.Root.Password, .. RefreshTokens.All, .. AccessTokens.All, .. IdTokens.All, .. DeviceCodes.All, .. Registrations.All.Select(registration => registration.Token), .. Codes.All.Select(code => code.Code)];

    public async Task RenewAsync()
    {
        // A session is used several times, as people do; a new one costs a password.
        if (alice is null || renewals % 8 == 0)
        {
            alice?.Dispose();
            alice = new BrowserClient(origin);
        }
        renewals++;
        foreach (var (party, app) in parties.Zip(Apps))
        {
            var scope = app == TestClients.Elliptic ? "openid profile" : app is { ClientId: "opaque" or "spa" } ? "openid profile api.read offline_access" : Scopes;
            if (app == TestClients.Elliptic) scope = "openid profile";
            var tokens = await party.SignInAsync(alice, scope, TestUsers.Alice);
            AccessTokens.Add(tokens.AccessToken!); // a successful answer has both
            IdTokens.Add(tokens.IdToken!);
            if (tokens.RefreshToken is { } refresh) RefreshTokens.Add(refresh);
            for (var i = 0; i < 2; i++)
            {
                var answer = await party.AuthorizeAsync(alice, scope);
                Codes.Add(new OpenCode(answer.Code, answer.Request.Verifier, party.RedirectUri, app));
            }
        }
        AccessTokens.Add((await machine.ClientCredentialsAsync("api.read")).Expected().AccessToken!);
        var consent = await alice.OpenAsync(parties[1].NewRequest("openid profile", KeyValuePair.Create<string, string?>("prompt", "consent")).Url);
        ConsentUrls.Add(consent.FormWith("decision")["returnUrl"].Value);

        using (var form = new FormUrlEncodedContent([new("client_id", "tv"), new("scope", "openid profile")]))
        {
            var device = (await TokenAnswer.ReadAsync(await machine.Http.PostAsync("/connect/deviceauthorization", form))).Expected();
            UserCodes.Add(device.Text("user_code")!); // a successful answer has both
            DeviceCodes.Add(device.Text("device_code")!);
        }
        using (var metadata = new StringContent("{\"redirect_uris\":[\"https://registered.example.test/cb\"]}", System.Text.Encoding.UTF8, "application/json"))
        {
            var registered = await TokenAnswer.ReadAsync(await machine.Http.PostAsync("/connect/dcr", metadata));
            Registrations.Add((new Uri(registered.Text("registration_client_uri")!).AbsolutePath, registered.Text("registration_access_token")!)); // part of every registration
        }

        Person = await SenderAsync(alice, "/account");
        Leaver = await NewSenderAsync(TestUsers.Bob, "/account");
        if (renewals % 8 != 1) return;
        Owner = await NewSenderAsync(TestUsers.Root, "/console/clients/new");
        using var nobody = new BrowserClient(origin);
        Stranger = await SenderAsync(nobody, "/signin");
    }

    public static async Task SignInAsync(BrowserClient browser, TestUser user) => await browser.SignInAsync(await browser.GetAsync("/signin"), user.UserName, user.Password);

    public void Dispose()
    {
        alice?.Dispose();
        machine.Dispose();
        foreach (var party in parties) party.Dispose();
    }

    private async Task<Sender> NewSenderAsync(TestUser user, string url)
    {
        using var browser = new BrowserClient(origin);
        await SignInAsync(browser, user);
        return await SenderAsync(browser, url);
    }

    private static async Task<Sender> SenderAsync(BrowserClient browser, string url)
    {
        var page = await browser.OpenAsync(url);
        return new Sender(browser.Cookies.GetCookieHeader(browser.Origin), page.Forms.First(form => form.Has("csrf"))["csrf"].Value);
    }
}
