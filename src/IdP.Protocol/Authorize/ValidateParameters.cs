using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Microsoft.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Authentication;

namespace IdP.Protocol.Authorize;

/// <summary>
/// What the engine does not check in an authorization request: parameters sent twice (RFC 6749 3.1), oversized or unprintable values,
/// the length of the code challenge (RFC 7636 4.2), max_age, and response types we do not offer.
/// </summary>
internal sealed class ValidateParameters : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    private const int DefaultLimit = 500;

    /// <summary>Longest accepted values, in characters; every other parameter: 500.</summary>
    private static readonly Dictionary<string, int> Limits = new(StringComparer.Ordinal)
    {
        [Parameters.State] = 4096,
        [Parameters.RedirectUri] = 2000,
        [Parameters.Scope] = 2000,
        [Parameters.Nonce] = 600,
        [Parameters.IdTokenHint] = 8192,
        [Parameters.Claims] = 4096,
        [Parameters.Request] = 16384,
        ["interaction"] = 1000,
        ["consent"] = 4096,
    };

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<ValidateParameters>().SetOrder(ValidateRequestParameter.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (Problem(context) is { } problem) context.Reject(Errors.InvalidRequest, problem);
        return default;
    }

    private static string? Problem(ValidateAuthorizationRequestContext context)
    {
        if (context.Transaction.GetHttpRequest() is { } http && RepeatedParameter(http) is { } repeated)
            return $"The parameter '{repeated}' was sent more than once.";

        foreach (var (name, parameter) in context.Request.GetParameters())
        {
            if (name.Length > 100 || name.Contains('\0')) return "A parameter name is not acceptable.";
            var value = (string?)parameter ?? "";
            var limit = Limits.GetValueOrDefault(name, DefaultLimit);
            if (value.Length > limit) return $"The parameter '{name}' is longer than {limit} characters.";
            if (value.AsSpan().ContainsAnyInRange('\0', '\x1f')) return $"The parameter '{name}' contains control characters.";
        }

        // OAuth 2.0 Multiple Response Types 3: a set of values, whose order does not matter. The engine takes one that comes twice for a flow without rules.
        if (context.Request.ResponseType?.Split(' ') is { } types && types.Distinct(StringComparer.Ordinal).Count() != types.Length) return "The parameter 'response_type' names a value twice.";
        if (context.Request.CodeChallenge is { Length: < 43 or > 128 }) return "The parameter 'code_challenge' must have 43 to 128 characters.";
        if ((string?)context.Request[Parameters.MaxAge] is { } maxAge && (!int.TryParse(maxAge, System.Globalization.NumberStyles.None, null, out _))) return "The parameter 'max_age' must be a whole number of seconds.";
        if (context.Request.ResponseMode is { } mode && mode is not (ResponseModes.Query or ResponseModes.Fragment or ResponseModes.FormPost)) return "The response mode is not supported.";
        return null;
    }

    /// <summary>Names are compared without regard to case, because some servers behind this one would fold them.</summary>
    /// <param name="mayRepeat">Names that may come several times in the form.</param>
    internal static string? RepeatedParameter(HttpRequest http, Func<string, bool>? mayRepeat = null)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in http.Query)
            if (values.Count > 1 || !seen.Add(name))
                return name;
        if (http.HasFormContentType)
            foreach (var (name, values) in http.Form)
                if ((values.Count > 1 && mayRepeat?.Invoke(name) != true) || !seen.Add(name))
                    return name;
        return null;
    }
}
