namespace Fuzz;

/// <summary>Sends what every template makes as it is, before anything is changed: only from a request that is accepted do small changes reach deep.</summary>
internal static class Proof
{
    private const int Variants = 4;

    /// <summary>Answers how many kinds were proven, after telling of each that was not.</summary>
    public static async Task<(int Proven, int Failed)> RunAsync(IReadOnlyList<Template> templates, Corpus corpus, string host, int port, TextWriter output)
    {
        var (proven, failed) = (0, 0);
        using var connection = new Connection(host, port);
        foreach (var template in templates.Where(template => template.Works is not null))
        {
            var refused = false;
            for (var variant = 0; variant < Variants && !refused; variant++)
            {
                if (Send(variant).Works) continue;
                await corpus.RenewAsync(); // some things work once, and were used by an earlier variant
                var (works, request, answer) = Send(variant);
                if (works) continue;
                new Violation(variant, $"the valid request \"{template.Name}\" is not accepted", request, answer, $"{host}:{port}").Print(output);
                refused = true;
            }
            if (refused) failed++;
            else proven++;

            (bool Works, FuzzRequest Request, Answer Answer) Send(int variant)
            {
                var request = template.Make(corpus, new Random(variant));
                var answer = connection.Send(request);
                return (template.Works!(request, answer), request, answer); // filtered
            }
        }
        return (proven, failed);
    }
}

/// <summary>What a good answer looks like.</summary>
internal static class Expect
{
    public static Func<FuzzRequest, Answer, bool> Status(params int[] statuses) => (_, answer) => statuses.Contains(answer.Status);

    public static Func<FuzzRequest, Answer, bool> Page { get; } = (_, answer) => answer.Status == 200 && answer.Header("Content-Type")?.StartsWith("text/html", StringComparison.Ordinal) == true;

    /// <summary>Success, with a member of this name.</summary>
    public static Func<FuzzRequest, Answer, bool> Json(string member) => (_, answer) => answer.Status is 200 or 201 && answer.Body.Contains($"\"{member}\":", StringComparison.Ordinal);

    public static Func<FuzzRequest, Answer, bool> RedirectTo(params string[] starts) => (_, answer) => answer.Status is 302 or 303 && answer.Header("Location") is { } location && starts.Any(start => location.StartsWith(start, StringComparison.Ordinal));

    /// <summary>The browser is sent back to the app with everything its response type asks for, or to a page that asks the person.</summary>
    public static Func<FuzzRequest, Answer, bool> Authorized(params string[] pages) => (request, answer) =>
        RedirectTo(pages)(request, answer) || (Value(request, "response_type") ?? "code").Split(' ').All(type => HasParameter(answer, type == "token" ? "access_token" : type));

    public static string? Value(FuzzRequest request, string name) => request.Query.Concat(request.Form ?? []).FirstOrDefault(part => part.Name == name) is { Name: not null } part ? part.Value : null;

    private static bool HasParameter(Answer answer, string name) => answer.Header("Location") is { } location
        ? location.Split('?', '#', '&').Skip(1).Any(parameter => parameter.StartsWith(name + "=", StringComparison.Ordinal))
        : answer.Status == 200 && answer.Body.Contains($"name=\"{name}\"", StringComparison.Ordinal);
}
