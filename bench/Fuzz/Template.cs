namespace Fuzz;

/// <summary>A kind of valid request, and how often it is sent compared with the others.</summary>
/// <param name="Works">
/// Whether the answer to a request as it was made, with no change, is what a client would hope for. The run begins by proving that it is: a template that the
/// server refuses at its first check would try nothing behind it. Null for requests that are meant to be wrong, and for pages and forms found by their links.
/// </param>
internal sealed record Template(string Name, int Weight, Func<Corpus, Random, FuzzRequest> Make, Func<FuzzRequest, Answer, bool>? Works = null);

internal static class Templates
{
    /// <summary>The same number gives the same template and the same changes; what is valid at the moment fills it in.</summary>
    public static (Template Template, FuzzRequest Request) Make(IReadOnlyList<Template> templates, int totalWeight, Corpus corpus, int seed, int number)
    {
        var random = new Random(unchecked((seed * (int)0x9E3779B1) ^ (number * (int)0x85EBCA6B)));
        var at = random.Next(totalWeight);
        var template = templates.First(t => (at -= t.Weight) < 0);
        var request = template.Make(corpus, random);
        for (var changes = random.Next(10) == 0 ? 0 : 1 + random.Next(4); changes > 0; changes--) Mutations.Apply(request, corpus, random);
        return (template, request);
    }
}
