using System.ComponentModel.DataAnnotations;
using IdP.Protocol;
using Microsoft.AspNetCore.Authentication.Google;

namespace IdP.Federation.Google;

/// <summary>Section <c>Authentication:Google</c>.</summary>
public sealed class GoogleSignInOptions : IValidatableObject
{
    /// <summary>The OAuth client id from Google's console. Default none: sign-in with Google is off.</summary>
    public string? ClientId { get; set; }

    /// <summary>The secret of that client. Required with <see cref="ClientId"/>.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>Google Workspace domains whose people may come in, as Google's <c>hd</c> claim names them. Default empty: every Google account.</summary>
    public List<string> AllowedDomains { get; set; } = [];

    /// <summary>Whether a person with a verified address that nobody here has gets an account at the first sign-in. Default true.</summary>
    public bool AllowNewUsers { get; set; } = true;

    /// <summary>Default: Google's.</summary>
    public string AuthorizationEndpoint { get; set; } = GoogleDefaults.AuthorizationEndpoint;

    /// <summary>Default: Google's.</summary>
    public string TokenEndpoint { get; set; } = GoogleDefaults.TokenEndpoint;

    /// <summary>Default: Google's.</summary>
    public string UserInformationEndpoint { get; set; } = GoogleDefaults.UserInformationEndpoint;

    internal bool IsOn => !string.IsNullOrWhiteSpace(ClientId);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsOn) yield break;
        if (string.IsNullOrWhiteSpace(ClientSecret)) yield return new("Authentication:Google:ClientSecret is not set, but Authentication:Google:ClientId is.");
        foreach (var (name, value) in ((string, string)[])[(nameof(AuthorizationEndpoint), AuthorizationEndpoint), (nameof(TokenEndpoint), TokenEndpoint), (nameof(UserInformationEndpoint), UserInformationEndpoint)])
            if (!AbsoluteUri.TryParse(value, out var uri) || !(uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback)))
                yield return new($"Authentication:Google:{name} must be an https address.");
    }
}
