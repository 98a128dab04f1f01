using System.Diagnostics;
using System.Text;

namespace Load;

/// <summary>
/// Whether the time of an answer tells who has an account: the same form for people there are and for names that nobody has, one after the other in an order of chance.
/// </summary>
/// <param name="Slower">How often the answer for a person took longer than the one for nobody, over all pairs: 0.5 when time tells nothing.</param>
internal sealed record Enumeration(string Form, double Somebody, double Nobody, double SomebodyP95, double NobodyP95, double Slower)
{
    public const int Samples = 300;
    private const int WarmUp = 60;

    /// <summary>Three standard errors of <see cref="Slower"/> for this many samples, if both came from one distribution (Mann and Whitney).</summary>
    public static double Chance { get; } = 3 * Math.Sqrt((2 * Samples + 1) / (12.0 * Samples * Samples));

    /// <summary>What is asked about has to be on, and no counter may stand in the way of the samples.</summary>
    public static IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["Mail__Mailbox"] = "true", ["SignIn__ByMail"] = "true", ["SignUp__Enabled"] = "true", ["Recovery__Supervised"] = "true", ["Lockout__MaxFailuresPerSource"] = "1000000", ["Lockout__MaxMailsPerSource"] = "1000000", ["Recovery__MaxWaitingPerNetwork"] = "1000",
    };

    public bool Tells => Math.Abs(Slower - 0.5) > Chance;

    public static async Task<IReadOnlyList<Enumeration>> MeasureAsync(Subject subject, int users)
    {
        if (users < Samples + WarmUp) throw new InvalidOperationException($"Each sample needs a person of its own: --users of at least {Samples + WarmUp}.");
        List<Enumeration> measured = [];
        foreach (var (form, ask) in Forms)
        {
            measured.Add(await MeasureAsync(subject, form, ask));
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"{form}: {measured[^1].Somebody:0.00} and {measured[^1].Nobody:0.00} ms"));
        }
        return measured;
    }

    public static string Markdown(IReadOnlyList<Enumeration> measured, IReadOnlyList<string> machine)
    {
        var text = new StringBuilder($"{string.Join("\n\n", machine)}\n\n{Samples} samples each; by chance alone the last column lies within {0.5 - Chance:0.000} and {0.5 + Chance:0.000}.\n\n| Form | Person: median (p95) ms | Nobody: median (p95) ms | Person slower |\n|---|---|---|---|\n");
        foreach (var one in measured)
            text.AppendLine(FormattableString.Invariant($"| {one.Form} | {one.Somebody:0.00} ({one.SomebodyP95:0.00}) | {one.Nobody:0.00} ({one.NobodyP95:0.00}) | {one.Slower:0.000}{(one.Tells ? " **tells**" : "")} |"));
        return text.ToString();
    }

    /// <summary>Each answers the time of the one request that could tell.</summary>
    private static readonly (string Form, Func<BrowserClient, string, string, Task<double>> Ask)[] Forms =
    [
        ("name", async (browser, name, _) => await TimeAsync(browser, (await browser.GetAsync("/signin")).FormWith("username"), KeyValuePair.Create("username", name))),
        ("password", async (browser, name, _) => await TimeAsync(browser, (await browser.NameAsync(await browser.GetAsync("/signin"), name)).FormWith("password"), KeyValuePair.Create("password", "a-wrong-password"))),
        // Of the form of a temporary pass, so that it is looked up as one.
        ("temporary pass", async (browser, name, _) => await TimeAsync(browser, (await browser.NameAsync(await browser.GetAsync("/signin"), name)).FormWith("password"), KeyValuePair.Create("password", "0000-0000-0000-0000"))),
        ("asking to be let in", async (browser, name, _) => await TimeAsync(browser, (await browser.GetAsync("/recovery")).FormWith("username"), KeyValuePair.Create("username", name))),
        ("forgotten password", async (browser, name, _) => await TimeAsync(browser, (await browser.GetAsync("/password/forgotten")).FormWith("username"), KeyValuePair.Create("username", name))),
        ("sign-in by mail", async (browser, name, _) => await TimeAsync(browser, await MailFormAsync(browser, name))),
        ("code of the mail", async (browser, name, _) =>
        {
            var waiting = await browser.FollowAsync(await browser.SubmitAsync(await MailFormAsync(browser, name), []));
            await Task.Delay(300); // by then it is known whether there is a person
            return await TimeAsync(browser, waiting.FormWith("code"), KeyValuePair.Create("code", "00000000"));
        }),
        ("sign-up", async (browser, _, address) => await TimeAsync(browser, (await browser.GetAsync("/signup")).FormWith("email"), KeyValuePair.Create("email", address))),
    ];

    private static async Task<HtmlForm> MailFormAsync(BrowserClient browser, string name) =>
        (await browser.NameAsync(await browser.GetAsync("/signin"), name)).Forms.Single(form => form.Action.AbsolutePath == "/signin/mail");

    private static async Task<double> TimeAsync(BrowserClient browser, HtmlForm form, params KeyValuePair<string, string>[] values)
    {
        var began = Stopwatch.GetTimestamp();
        var page = await browser.SubmitAsync(form, values);
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return (int)page.Status < 400 ? took : throw new InvalidOperationException($"{form.Action}: {(int)page.Status} {page.Body}");
    }

    private static async Task<Enumeration> MeasureAsync(Subject subject, string form, Func<BrowserClient, string, string, Task<double>> ask)
    {
        async Task<double> OneAsync(bool exists, int i)
        {
            using var browser = new BrowserClient(subject.Origin);
            var name = exists ? BenchClients.User(i).UserName : $"none{i:0000}";
            return await ask(browser, name, $"{name}@example.test");
        }

        for (var i = 0; i < WarmUp; i++) await OneAsync(i % 2 == 0, Samples + i);
        var order = Enumerable.Range(0, Samples).SelectMany(i => new[] { (Exists: true, i), (Exists: false, i) }).ToArray();
        Random.Shared.Shuffle(order);
        List<double> somebody = [], nobody = [];
        foreach (var (exists, i) in order)
        {
            (exists ? somebody : nobody).Add(await OneAsync(exists, i));
            await Task.Delay(30); // what is done about the one before is over
        }

        var slower = somebody.Sum(a => nobody.Sum(b => a > b ? 1 : a == b ? 0.5 : 0)) / ((double)Samples * Samples);
        return new(form, Percentile(somebody, 0.5), Percentile(nobody, 0.5), Percentile(somebody, 0.95), Percentile(nobody, 0.95), slower);
    }

    private static double Percentile(List<double> values, double part) => values.Order().ElementAt((int)(part * (values.Count - 1)));
}
