using System.Text.Json;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;

namespace IdP.Protocol.Claims;

/// <summary>
/// The <c>claims</c> parameter (OpenID Connect Core 5.5): single claims an app asks for in the ID token and at the userinfo endpoint. A claim that is not
/// released is no error, essential or not (5.5.1); only <c>sub</c> and <c>acr</c> decide whether there is an answer at all.
/// </summary>
public sealed record ClaimsRequest(IReadOnlyDictionary<string, RequestedClaim> IdToken, IReadOnlyDictionary<string, RequestedClaim> UserInfo)
{
    private const int MaxLength = 4096, MaxDepth = 8, MaxClaims = 50, MaxNameLength = 200, MaxValues = 50;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
    private static readonly IReadOnlyDictionary<string, RequestedClaim> Nothing = new Dictionary<string, RequestedClaim>();

    public static ClaimsRequest None { get; } = new(Nothing, Nothing);

    /// <summary>Every claim asked for, wherever it shall appear.</summary>
    public IEnumerable<string> Names => IdToken.Keys.Union(UserInfo.Keys, StringComparer.Ordinal);

    /// <summary>The persons that may be answered about, as this client knows them; null when any (5.5.1).</summary>
    public IReadOnlyList<string>? Subjects =>
        IdToken.GetValueOrDefault("sub") is { Values.Count: > 0 } inToken ? inToken.Values : UserInfo.GetValueOrDefault("sub") is { Values.Count: > 0 } atUserInfo ? atUserInfo.Values : null;

    /// <summary>Reads a parameter that was validated before; a missing one asks for nothing.</summary>
    public static ClaimsRequest Of(string? json) => string.IsNullOrEmpty(json) || !TryParse(json, out var request, out _) ? None : request;

    /// <param name="problem">What is wrong, in a sentence.</param>
    public static bool TryParse(string json, out ClaimsRequest request, out string? problem)
    {
        (request, problem) = (None, null);
        if (json.Length > MaxLength) problem = $"The parameter 'claims' is longer than {MaxLength} characters.";
        else
            try
            {
                using var document = JsonDocument.Parse(json, Strict);
                request = Read(document.RootElement);
                return true;
            }
            catch (FormatException exception)
            {
                problem = exception.Message; // a sentence of ours
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException) // the latter two: half of a surrogate pair
            {
                problem = "The parameter 'claims' is no JSON object as in OpenID Connect Core 5.5.";
            }
        return false;
    }

    /// <summary>Which claims this client may ask for at all: those that an identity scope of it releases, and nothing it could not have had by a scope.</summary>
    public static HashSet<string> AllowedFor(Client client, ResourceSet resources) => ReleasedBy(client.AllowedScopes, resources);

    /// <summary>What it asks for beyond the request's scopes and may have: the person is asked about these one by one.</summary>
    public IEnumerable<string> Beyond(IEnumerable<string> scopes, Client client, ResourceSet resources)
    {
        var (allowed, released) = (AllowedFor(client, resources), ReleasedBy(scopes, resources));
        return Names.Where(name => name != "sub" && allowed.Contains(name) && !released.Contains(name));
    }

    /// <summary>The claims that these scopes release (5.4).</summary>
    internal static HashSet<string> ReleasedBy(IEnumerable<string> scopes, ResourceSet resources) =>
        scopes.SelectMany(scope => resources.IdentityResources.TryGetValue(scope, out var resource) ? resource.UserClaims : []).ToHashSet(StringComparer.Ordinal);

    private static ClaimsRequest Read(JsonElement root)
    {
        if (root.ValueKind is not JsonValueKind.Object) throw new FormatException("The parameter 'claims' is no JSON object.");
        return new ClaimsRequest(ReadMember(root, "id_token"), ReadMember(root, "userinfo")); // 5.5: other members are ignored
    }

    private static IReadOnlyDictionary<string, RequestedClaim> ReadMember(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var member) || member.ValueKind is JsonValueKind.Null) return Nothing;
        if (member.ValueKind is not JsonValueKind.Object) throw new FormatException($"The member '{name}' of the parameter 'claims' is no JSON object.");

        var claims = new Dictionary<string, RequestedClaim>(StringComparer.Ordinal);
        foreach (var claim in member.EnumerateObject())
        {
            if (claims.Count == MaxClaims) throw new FormatException($"The parameter 'claims' asks for more than {MaxClaims} claims in '{name}'.");
            if (claim.Name.Length is 0 or > MaxNameLength || claim.Name.Any(char.IsControl)) throw new FormatException("The parameter 'claims' has a claim with an unusable name.");
            claims[claim.Name] = RequestedClaim.Read(claim.Value);
        }
        return claims;
    }

    internal static IReadOnlyList<string> Strings(JsonElement values)
    {
        if (values.ValueKind is not JsonValueKind.Array || values.GetArrayLength() > MaxValues) throw new FormatException($"In the parameter 'claims', 'values' is a list of at most {MaxValues}.");
        return [.. values.EnumerateArray().Select(Text)];
    }

    internal static string Text(JsonElement value) => value.ValueKind is JsonValueKind.String ? value.GetString()! : value.GetRawText(); // a string is not null
}

/// <param name="Values">The values that would do, most wanted first; empty when any does. Those that are no strings are in their JSON form.</param>
public sealed record RequestedClaim(bool Essential, IReadOnlyList<string> Values)
{
    internal static RequestedClaim Read(JsonElement json)
    {
        if (json.ValueKind is JsonValueKind.Null) return new(Essential: false, []); // 5.5.1: voluntary
        if (json.ValueKind is not JsonValueKind.Object) throw new FormatException("In the parameter 'claims', a claim is null or a JSON object.");

        var essential = json.TryGetProperty("essential", out var flag) && flag.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new FormatException("In the parameter 'claims', 'essential' is true or false."),
        };
        IReadOnlyList<string> values = json.TryGetProperty("value", out var value) ? [ClaimsRequest.Text(value)] : json.TryGetProperty("values", out var several) ? ClaimsRequest.Strings(several) : [];
        return new(essential, values);
    }
}
