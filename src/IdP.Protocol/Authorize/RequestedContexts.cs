using System.Text.Json;
using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Authorize;

/// <summary>
/// The authentication context classes a request asks for, most wanted first: by <c>claims</c> (OpenID Connect Core 5.5.1.1), where they can be essential, else
/// by <c>acr_values</c>, else as the client registered. An essential one that is not met is an error, a voluntary one never is.
/// </summary>
internal sealed record RequestedContexts(IReadOnlyList<string> Values, bool Essential)
{
    public static RequestedContexts Of(OpenIddictRequest request, Client client)
    {
        var plain = request.GetAcrValues() is { IsEmpty: false } values ? [.. values] : client.DefaultAcrValues;
        return FromClaims((string?)request[Parameters.Claims]) switch
        {
            { Values.Count: 0, Essential: false } or null => new(plain, Essential: false),
            var asked => asked,
        };
    }

    private static RequestedContexts? FromClaims(string? claims)
    {
        if (string.IsNullOrEmpty(claims)) return null;
        try
        {
            using var document = JsonDocument.Parse(claims, new JsonDocumentOptions { MaxDepth = 8 });
            if (Member(Member(document.RootElement, "id_token"), "acr") is not { ValueKind: JsonValueKind.Object } acr) return null;
            List<string> values = [];
            if (Member(acr, "value") is { ValueKind: JsonValueKind.String } value) values.Add(value.GetString()!); // a string
            if (Member(acr, "values") is { ValueKind: JsonValueKind.Array } several) values.AddRange(several.EnumerateArray().Where(v => v.ValueKind is JsonValueKind.String).Select(v => v.GetString()!));
            return new(values, Member(acr, "essential") is { ValueKind: JsonValueKind.True });
        }
        catch (JsonException)
        {
            return null; // refused where the parameter is validated
        }
    }

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(name, out var member) ? member : null;
}
