using IdP.Protocol.Clients;

namespace IdP.Protocol.LocalApi;

/// <summary>Who calls one of our own APIs: a person, by an app or by a token of their own.</summary>
/// <param name="Subject">The person as the product knows them, whatever the app calls them.</param>
/// <param name="Shown">The same as this app calls them, which is another name where the app has pairwise subjects (OpenID Connect Core 8).</param>
/// <param name="Client">The app; null for a personal access token.</param>
/// <param name="SessionId">The session the token comes from; null when no browser was there.</param>
/// <param name="AuthenticatedAt">When the person has shown who they are; null when nobody here saw it.</param>
/// <param name="Methods">How, see RFC 8176.</param>
/// <param name="IsDelegated">Whether another program acts for the person (RFC 8693 4.1).</param>
/// <param name="PersonalTokenId">The token that the person made for themselves; null for an app.</param>
public sealed record ApiCaller(string Subject, string Shown, Client? Client, Guid? SessionId, IReadOnlyList<string> Scopes, DateTimeOffset? AuthenticatedAt, IReadOnlyList<string> Methods, bool IsDelegated, Guid? PersonalTokenId = null);

/// <summary>Why a token does not open one of our own APIs.</summary>
/// <param name="Description">For whoever wrote the app; printable ASCII without quotes, because it goes into a header (RFC 6750 3).</param>
public sealed record ApiRefusal(string Description);
