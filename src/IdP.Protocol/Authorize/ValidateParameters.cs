using System.Collections.Immutable;
using IdP.Protocol.Clients;
using IdP.Protocol.Languages;
using IdP.Protocol.Par;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Microsoft.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Authentication;

namespace IdP.Protocol.Authorize;

/// <summary>
/// What the engine does not check in an authorization request, pushed or not: parameters sent twice (RFC 6749 3.1), oversized or unprintable values,
/// the length of the code challenge (RFC 7636 4.2), max_age, and parameters we do not support.
/// </summary>
internal sealed class ValidateParameters : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>, IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    private const int DefaultLimit = 500;

    /// <summary>How often <c>resource</c> may be repeated.</summary>
    internal const int MaxResources = 20;

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
        [Parameters.ClientAssertion] = Assertion.MaxLength, // a client that pushes authenticates in the same form
        ["interaction"] = 1000,
        ["consent"] = 4096,
    };

    public static OpenIddictServerHandlerDescriptor Authorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<ValidateParameters>().SetOrder(ValidateRequestParameter.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor PushedAuthorization { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidatePushedAuthorizationRequestContext>()
        .UseSingletonHandler<ValidateParameters>().SetOrder(ValidatePushedRequestParameter.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context) => Validate(context, context.Request);

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context) => Validate(context, context.Request);

    private static ValueTask Validate(BaseValidatingContext context, OpenIddictRequest request)
    {
        // A wish, and never a reason to refuse (OpenID Connect Core 3.1.2.1): what can be no list of languages is as good as absent.
        if ((string?)request[RequestedLanguage.Parameter] is { } languages && (languages.Length > DefaultLimit || ContainsControl(languages))) request.RemoveParameter(RequestedLanguage.Parameter);

        // What stands beside a pushed request is not part of it: only its size and shape matter.
        if ((ProblemOfShape(context, request) ?? (PushedRequests.Names(request.RequestUri) ? null : ProblemOfContent(request))) is { } problem)
            context.Reject(Errors.InvalidRequest, problem);
        else if (request.HasParameter("registration"))
            context.Reject(Errors.RegistrationNotSupported, "The parameter 'registration' is not supported."); // OpenID Connect Core 7.2.1
        return default;
    }

    private static string? ProblemOfShape(BaseValidatingContext context, OpenIddictRequest request)
    {
        if (context.Transaction.GetHttpRequest() is { } http && RepeatedParameter(http) is { } repeated)
            return repeated.Length > 100 || repeated.Any(char.IsControl) ? "A parameter was sent more than once." : $"The parameter '{repeated}' was sent more than once.";

        foreach (var (name, parameter) in request.GetParameters())
        {
            if (name.Length > 100 || name.Any(char.IsControl)) return "A parameter name is not acceptable.";
            var values = (ImmutableArray<string?>?)parameter ?? [];
            var limit = Limits.GetValueOrDefault(name, DefaultLimit);
            if (values.Length > MaxResources) return $"The parameter '{name}' was sent more than {MaxResources} times.";
            foreach (var value in values)
            {
                if (value?.Length > limit) return $"The parameter '{name}' is longer than {limit} characters.";
                if (name == Parameters.RedirectUri && !AbsoluteUri.IsAscii(value)) return "The parameter 'redirect_uri' is no URI."; // on some, reading it throws, which the engine does next
                if (ContainsControl(value)) return $"The parameter '{name}' contains control characters.";
            }
        }
        return null;
    }

    private static bool ContainsControl(string? value) => value.AsSpan().ContainsAnyInRange('\0', '\x1f');

    private static string? ProblemOfContent(OpenIddictRequest request)
    {
        // OAuth 2.0 Multiple Response Types 3: a set of values, whose order does not matter. The engine takes one that comes twice for a flow without rules.
        if (request.ResponseType?.Split(' ') is { } types && types.Distinct(StringComparer.Ordinal).Count() != types.Length) return "The parameter 'response_type' names a value twice.";
        if (request.CodeChallenge is { Length: < 43 or > 128 }) return "The parameter 'code_challenge' must have 43 to 128 characters.";
        if ((string?)request[Parameters.MaxAge] is { } maxAge && (!int.TryParse(maxAge, System.Globalization.NumberStyles.None, null, out _))) return "The parameter 'max_age' must be a whole number of seconds.";
        // OpenID Connect Core 3.1.2.1; the engine looks only for the values that it knows itself.
        if (request.GetPromptValues() is { Length: > 1 } prompts && prompts.Contains(PromptValues.None, StringComparer.Ordinal)) return "The value 'none' of the parameter 'prompt' stands alone.";
        if (request.ResponseMode is { } mode && mode is not (ResponseModes.Query or ResponseModes.Fragment or ResponseModes.FormPost)) return "The response mode is not supported.";
        return null;
    }

    /// <summary>Names are compared without regard to case, because some servers behind this one would fold them.</summary>
    internal static string? RepeatedParameter(HttpRequest http)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in http.Query)
            if ((values.Count > 1 && !MayRepeat(http, name)) || !seen.Add(name))
                return name;
        if (http.HasFormContentType)
            foreach (var (name, values) in http.Form)
                if ((values.Count > 1 && !MayRepeat(http, name)) || !seen.Add(name))
                    return name;
        return null;
    }

    /// <summary>The parameters that have several values: RFC 8707 2, and RFC 8693 2.1 for token exchange alone.</summary>
    private static bool MayRepeat(HttpRequest http, string name) =>
        name == Parameters.Resource || (name == Parameters.Audience && http.HasFormContentType && http.Form[Parameters.GrantType] == Clients.GrantTypes.TokenExchange);
}
