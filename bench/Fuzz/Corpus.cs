using System.Collections.Concurrent;

namespace Fuzz;

/// <summary>Who sends: the cookies of a browser and the token its forms need.</summary>
internal sealed record Sender(string Cookies, string Csrf);

/// <summary>A code that waits for its exchange.</summary>
internal sealed record OpenCode(string Code, string Verifier, string RedirectUri, TestClient Client);

/// <summary>A token and whose it is.</summary>
internal sealed record Owned(string Value, TestClient Client);

/// <summary>The last few of something valid; requests use them up, so they are renewed all the time.</summary>
internal sealed class Pool<T>(int capacity = 24)
{
    private readonly ConcurrentQueue<T> items = new();
    private readonly ConcurrentQueue<T> fresh = new();

    public void Add(T item)
    {
        foreach (var queue in new[] { items, fresh })
        {
            queue.Enqueue(item);
            while (queue.Count > capacity) queue.TryDequeue(out _);
        }
    }

    /// <summary>Of what works once: one that nobody has taken yet, while there is one.</summary>
    public T Take(Random random) => fresh.TryDequeue(out var item) ? item : Pick(random);

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
    private readonly RelyingParty gateway = new(origin, FuzzClients.Gateway.ClientId, FuzzClients.Gateway.Secret);
    private readonly RelyingParty tv = new(origin, FuzzClients.Tv.ClientId);
    private BrowserClient? alice;
    private int renewals;

    public Pool<OpenCode> Codes { get; } = new();
    public Pool<Owned> AccessTokens { get; } = new();
    public Pool<Owned> RefreshTokens { get; } = new();
    public Pool<Owned> IdTokens { get; } = new();

    /// <summary>Access tokens of the gateway itself: what it acts with in a delegation.</summary>
    public Pool<string> ActorTokens { get; } = new();

    /// <summary>References of requests that <see cref="TestClients.Web"/> pushed.</summary>
    public Pool<string> RequestUris { get; } = new();

    /// <summary>As a device shows them; some are approved by the person while the run goes on.</summary>
    public Pool<string> UserCodes { get; } = new();

    public Pool<string> DeviceCodes { get; } = new();

    /// <summary>Device codes that a person has approved.</summary>
    public Pool<string> ApprovedDeviceCodes { get; } = new();

    /// <summary>The answered form of the page that asks whether a device may be connected.</summary>
    public Pool<IReadOnlyList<Part>> DeviceAnswers { get; } = new();

    /// <summary>Tokens by which apps that registered themselves manage their registration, with its address.</summary>
    public Pool<(string Path, string Token)> Registrations { get; } = new();

    /// <summary>Registrations that may be deleted.</summary>
    public Pool<(string Path, string Token)> Disposable { get; } = new();

    /// <summary>Sessions that are there to be ended, each once.</summary>
    public Pool<Sender> Leavers { get; } = new(8);

    /// <summary>ID tokens of the session of <see cref="Leaver"/>.</summary>
    public Pool<string> LeaverHints { get; } = new(4);

    /// <summary>Names of ended sessions, for the page after a sign-out.</summary>
    public Pool<string> Receipts { get; } = new();

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
        1 => random.Next(4) switch { 0 => DeviceCodes.Pick(random), 1 => UserCodes.Pick(random), 2 => RequestUris.Pick(random), _ => RefreshTokens.Pick(random).Value },
        2 => IdTokens.Pick(random).Value,
        3 => HostileJwt.Mutate(random.Next(2) == 0 ? IdTokens.Pick(random).Value : AccessTokens.Pick(random).Value, random),
        _ => AccessTokens.Pick(random).Value,
    };

    /// <summary>An access token for the API, issued to an app that a gateway may stand in front of.</summary>
    public string SubjectToken(Random random) => AccessTokens.All.Where(token => token.Client == TestClients.Web || token.Client == TestClients.Spa).ToList() is var all ? all[random.Next(all.Count)].Value : "";

    /// <summary>What must never be read in an answer to somebody else or in the log.</summary>
    public IEnumerable<string> Secrets =>
    [
        .. Apps.Select(app => app.Secret).OfType<string>(), TestUsers.Alice.Password, TestUsers.Root.Password, .. FuzzClients.Secrets,
        .. RefreshTokens.All.Concat(AccessTokens.All).Concat(IdTokens.All).Select(token => token.Value), .. ActorTokens.All, .. DeviceCodes.All, .. ApprovedDeviceCodes.All, .. LeaverHints.All,
        .. Registrations.All.Concat(Disposable.All).Select(registration => registration.Token), .. Codes.All.Select(code => code.Code),
    ];

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
            AccessTokens.Add(new(tokens.AccessToken!, app)); // a successful answer has both
            IdTokens.Add(new(tokens.IdToken!, app));
            if (tokens.RefreshToken is { } refresh) RefreshTokens.Add(new(refresh, app));
            for (var i = 0; i < 2; i++)
            {
                var answer = await party.AuthorizeAsync(alice, scope);
                Codes.Add(new OpenCode(answer.Code, answer.Request.Verifier, party.RedirectUri, app));
            }
        }
        AccessTokens.Add(new((await machine.ClientCredentialsAsync("api.read")).Expected().AccessToken!, TestClients.Machine));
        ActorTokens.Add((await gateway.ClientCredentialsAsync("api.read")).Expected().AccessToken!);
        for (var i = 0; i < 4; i++) RequestUris.Add((await parties[0].PushAsync("openid profile")).Answer.Text("request_uri") ?? throw new InvalidOperationException("A push was refused."));
        var consent = await alice.OpenAsync(parties[1].NewRequest("openid profile", KeyValuePair.Create<string, string?>("prompt", "consent")).Url);
        ConsentUrls.Add(consent.FormWith("decision")["returnUrl"].Value);
        await RenewDevicesAsync(alice);
        foreach (var pool in new[] { Registrations, Disposable }) pool.Add(await RegisterAsync());

        Person = await SenderAsync(alice, "/account/sessions");
        await RenewLeaverAsync();
        if (renewals % 8 != 1) return;
        Owner = await NewSenderAsync(TestUsers.Root, "/console/clients/new");
        using var nobody = new BrowserClient(origin);
        Stranger = await SenderAsync(nobody, "/signin");
    }

    private async Task RenewDevicesAsync(BrowserClient person)
    {
        var (waiting, approved, shown) = (await tv.StartDeviceAsync("openid profile"), await tv.StartDeviceAsync("openid profile"), await tv.StartDeviceAsync("openid profile"));
        UserCodes.Add(waiting.UserCode);
        DeviceCodes.Add(waiting.DeviceCode);
        await person.ConnectDeviceAsync(approved.UserCode);
        ApprovedDeviceCodes.Add(approved.DeviceCode);
        var form = (await person.EnterCodeAsync(shown.UserCode)).FormWith("shown");
        DeviceAnswers.Add([.. form.Fill([], new("decision", "allow")).Select(field => new Part(field.Key, field.Value))]);
    }

    private async Task<(string Path, string Token)> RegisterAsync()
    {
        using var metadata = new StringContent("{\"redirect_uris\":[\"https://registered.example.test/cb\"]}", System.Text.Encoding.UTF8, "application/json");
        var registered = await TokenAnswer.ReadAsync(await machine.Http.PostAsync("/connect/dcr", metadata));
        return (new Uri(registered.Text("registration_client_uri")!).AbsolutePath, registered.Text("registration_access_token")!); // part of every registration
    }

    /// <summary>A session with an app in it, to be ended by the run; another one is ended here, for its receipt.</summary>
    private async Task RenewLeaverAsync()
    {
        using var browser = new BrowserClient(origin);
        LeaverHints.Add((await parties[0].SignInAsync(browser, "openid", TestUsers.Bob)).IdToken!); // a successful answer has one
        Leaver = await SenderAsync(browser, "/account/sessions");
        for (var i = 0; i < 2; i++) Leavers.Add(await NewSenderAsync(TestUsers.Bob, "/signout"));
        if (renewals % 8 != 1) return;
        using var left = new BrowserClient(origin);
        var hint = (await parties[0].SignInAsync(left, "openid", TestUsers.Bob)).IdToken!;
        var page = await left.GetAsync("/connect/endsession?id_token_hint=" + hint);
        Receipts.Add(page.LocationParameters["receipt"]);
    }

    public static async Task SignInAsync(BrowserClient browser, TestUser user) => await browser.SignInAsync(await browser.GetAsync("/signin"), user.UserName, user.Password);

    public void Dispose()
    {
        alice?.Dispose();
        machine.Dispose();
        gateway.Dispose();
        tv.Dispose();
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
