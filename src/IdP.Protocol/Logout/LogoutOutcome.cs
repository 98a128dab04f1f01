using IdP.Protocol.Outbound;

namespace IdP.Protocol.Logout;

/// <summary>What one attempt came to, in words for people.</summary>
/// <param name="Error">Null when the app confirmed.</param>
/// <param name="IsFinal">Nothing changes it without somebody's hands.</param>
/// <param name="IsRefusal">The app answered, and the answer was no.</param>
internal sealed record LogoutOutcome(string? Error, bool IsFinal = false, bool IsRefusal = false)
{
    public static readonly LogoutOutcome Confirmed = new((string?)null);
    public static readonly LogoutOutcome NoAddress = new("The app has no address for sign-outs any more.", IsFinal: true);

    public static LogoutOutcome Of(OutboundAnswer answer) => answer switch
    {
        { IsRefused: true } => new("The app's address may not be called: it is not https, or it leads into a network that is not public and not in OutboundHttp:AllowedNetworks.", IsFinal: true),
        { Status: null } => new("The app could not be reached, or did not answer in time."),
        // 2.8: 200 confirms; frameworks that find nothing to say turn it into 204.
        { Status: 200 or 204 } => Confirmed,
        { Status: (>= 300 and < 400) and var status } => new($"The app answered with a redirect (status {status}), which is not followed.", IsRefusal: true),
        { Status: 400 } => new("The app refused the sign-out (status 400).", IsRefusal: true),
        { Status: (408 or 425 or 429 or >= 500) and var status } => new($"The app could not do it at the moment (status {status})."),
        { Status: var status } => new($"The app answered with status {status}, which confirms nothing.", IsRefusal: true),
    };
}
