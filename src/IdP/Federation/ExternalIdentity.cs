namespace IdP.Federation;

/// <summary>Who an upstream provider says is at this browser, waiting to become a session here.</summary>
/// <param name="Id">Names this one answer of the provider: it can be used once.</param>
/// <param name="Provider">See <see cref="Upstream.Key"/>.</param>
/// <param name="HostedDomain">The organization's domain the provider vouches for.</param>
/// <param name="LinkTo">Who asked for it to be connected with the account they were signed in to, and in which session: see <see cref="LinkOwnLogin"/>.</param>
/// <param name="Organization">The one that owns the domain of the address and for which the provider speaks: see <see cref="SpokenDomains"/>.</param>
/// <param name="ProofOf">The account whose password must be shown before this identity may open it.</param>
public sealed record ExternalIdentity(
    string Id, string Provider, string Subject, string? Email, bool EmailVerified, string? Name, string? GivenName, string? FamilyName,
    string? HostedDomain, string ReturnUrl, string? ClientId, Guid? ProofOf, string? LinkTo = null, string? Organization = null);
