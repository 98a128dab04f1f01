using System.Diagnostics;
using System.Net;

namespace Load;

/// <summary>What a storm of sign-ins does to everybody else: tokens and refreshes alone, then the same beside it.</summary>
internal sealed record Storm(string Subject, StormPart Tokens, StormPart Refreshes, double PerSecond, double Checked, double Refused, double RefusedP95, double KnownIn, double KnownWorst, double NewIn, double NewWorst, double CpuShare)
{
    public const int SignInsPerSecond = 500;
    public const int TokensPerSecond = 50;
    public const int RefreshesPerSecond = 20;

    /// <summary>So many networks that none reaches its limit of failures: each sends one sign-in a second.</summary>
    private const int Networks = 500;

    private const int MaxConnections = 4000;
    private const int RefreshConnections = 32;
    /// <summary>The runtime compiles the hot paths again while they run, in the background, on the processor that is measured.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    public static async Task<Storm> MeasureAsync(Subject subject)
    {
        var token = Simple.ClientCredentials(subject, BenchClients.Service);
        var refresh = await Journeys.RefreshAsync(subject, RefreshConnections);
        var page = await SignInForm.OpenAsync(subject);
        var device = await DeviceAsync(subject);
        var (attempts, known) = (0, BenchClients.User(1));
        using var tokens = new Flow(TokensPerSecond, MaxConnections, _ => new Client(subject.Origin, token));
        using var refreshes = new Flow(RefreshesPerSecond, RefreshConnections, i => new Client(subject.Origin, refresh[i]));
        using var strangers = new Flow(SignInsPerSecond, MaxConnections, i => new Client(subject.Origin, client => page.Post(client, () => new($"nobody{attempts++}", "wrong"), null, 200, 429), Network(1, i % Networks)));
        using var own = new Flow(1, MaxConnections, i => new Client(subject.Origin, client => page.Post(client, () => known, device, 303, 429), Network(2, i)));
        using var fresh = new Flow(1, MaxConnections, i => new Client(subject.Origin, client => page.Post(client, () => BenchClients.User(2), null, 303, 429), Network(3, i)));

        OpenLoop.Run([tokens, refreshes], WarmUp);
        OpenLoop.Run([tokens, refreshes], Length);
        var (tokensAlone, refreshesAlone) = (Times.Of(tokens), Times.Of(refreshes));
        await Console.Error.WriteLineAsync(FormattableString.Invariant($"{subject.Name} alone: p95 {tokensAlone.P95:0.00} ms for a token, {refreshesAlone.P95:0.00} ms for a refresh"));

        OpenLoop.Run([tokens, refreshes, strangers, own, fresh], WarmUp);
        var (before, began) = (Usage.Of(subject.Process.Id, null), Stopwatch.GetTimestamp());
        OpenLoop.Run([tokens, refreshes, strangers, own, fresh], Length);
        var (used, took) = (Usage.Of(subject.Process.Id, null) - before, Stopwatch.GetElapsedTime(began));
        return new Storm(subject.Name, new(tokensAlone, Times.Of(tokens)), new(refreshesAlone, Times.Of(refreshes)), strangers.Answers.Count / Length.TotalSeconds,
            strangers.Share(200), strangers.Share(429), strangers.Percentile(0.95, 429), own.Share(303), own.Percentile(1, 303), fresh.Share(303), fresh.Percentile(1, 303), used.Server / took.TotalMilliseconds);
    }

    /// <summary>The whole of 127.0.0.0/8 is this machine.</summary>
    private static IPAddress Network(byte kind, int number) => new([127, kind, (byte)(number / 250), (byte)(1 + (number % 250))]);

    /// <summary>What the browser of somebody who has signed in before keeps.</summary>
    private static async Task<string> DeviceAsync(Subject subject)
    {
        using var browser = new BrowserClient(subject.Origin);
        var user = BenchClients.User(1);
        await browser.SignInAsync(await browser.OpenAsync("/signin"), user.UserName, user.Password);
        var cookie = browser.Cookies.GetAllCookies().SingleOrDefault(cookie => cookie.Name.EndsWith("idp.device", StringComparison.Ordinal)) ?? throw new InvalidOperationException("The sign-in left no cookie of the browser.");
        return $"{cookie.Name}={cookie.Value}";
    }
}

/// <param name="Alone">Without sign-ins.</param>
/// <param name="Beside">At the same rate beside the storm.</param>
internal sealed record StormPart(Times Alone, Times Beside)
{
    public double Ratio => Beside.P95 / Alone.P95;
}

/// <summary>Milliseconds to the answer.</summary>
internal sealed record Times(double P50, double P95, double P99)
{
    public static Times Of(Flow flow) => new(flow.Percentile(0.5), flow.Percentile(0.95), flow.Percentile(0.99));

    public static Times Of(IEnumerable<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToArray();
        double At(double p) => sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(p * sorted.Length))];
        return new(At(0.5), At(0.95), At(0.99));
    }
}

/// <summary>The sign-in page, opened once; its form and cookies are good for any number of attempts.</summary>
internal sealed class SignInForm
{
    private readonly HtmlForm form;
    private readonly string cookies;

    private SignInForm(HtmlForm form, string cookies) => (this.form, this.cookies) = (form, cookies);

    public static async Task<SignInForm> OpenAsync(Subject subject)
    {
        using var browser = new BrowserClient(subject.Origin);
        var page = await browser.NameAsync(await browser.OpenAsync("/signin"), "somebody");
        return new SignInForm(page.FormWith("password"), browser.Cookies.GetCookieHeader(page.Url));
    }

    public IEnumerable<byte[]?> Post(Client client, Func<TestUser> next, string? more, params int[] expected)
    {
        while (true)
        {
            var user = next();
            yield return Request.Form(form.Action, form.Fill([new("username", user.UserName), new("password", user.Password)]), more is null ? cookies : $"{cookies}; {more}");
            if (!expected.Contains(client.Answer.Status)) throw new InvalidOperationException($"A sign-in of {user.UserName} was answered {client.Answer.Status}: {client.Answer.Text}");
            if (client.Answer.Status == 429 && client.Answer.Header("Retry-After") is null) throw new InvalidOperationException("A refusal without Retry-After.");
            yield return null;
        }
    }
}
