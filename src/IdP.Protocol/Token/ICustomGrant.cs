using IdP.Protocol.Clients;

namespace IdP.Protocol.Token;

/// <summary>
/// A grant type of your own (RFC 6749 4.5): decides from the parameters of a token request for whom tokens are issued. Register it with
/// <see cref="CustomGrantRegistration.AddCustomGrant{TGrant}"/> and list its URI in the <c>allowedGrantTypes</c> of the clients that may use it. The client is
/// authenticated and its scopes are checked before; audience, claims, lifetime, form and signature of the tokens follow the same rules as for every grant.
/// A grant that can be guessed at must limit the guesses itself.
/// </summary>
public interface ICustomGrant
{
    /// <summary>An expected refusal is an answer; an exception is an outage, and the client is answered <c>server_error</c>.</summary>
    Task<CustomGrantAnswer> HandleAsync(CustomGrantRequest request, CancellationToken ct);
}

/// <param name="Client">Who asks: enabled, authenticated, and allowed to use this grant. Shared with others: never change it.</param>
/// <param name="Parameters">The request's parameters without those of the client's authentication, <c>grant_type</c> and <c>scope</c>. Each came once.</param>
/// <param name="Scopes">What is asked for: all of it exists and the client may have it. Without <c>scope</c> in the request: all API scopes of the client.</param>
public sealed record CustomGrantRequest(Client Client, IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<string> Scopes);

/// <summary>What a grant of your own decided.</summary>
public abstract record CustomGrantAnswer
{
    private CustomGrantAnswer()
    {
    }

    /// <summary>Tokens for a person of this provider; refused all the same when there is no such person or it is disabled.</summary>
    /// <param name="Subject">The person's id, as it is in <c>sub</c>.</param>
    /// <param name="Scopes">Fewer of the request's scopes; null for all of them.</param>
    public sealed record ForPerson(string Subject, IReadOnlyList<string>? Scopes = null) : CustomGrantAnswer
    {
        /// <summary>When the person proved who they are, the <c>auth_time</c> claim; null when that is not known.</summary>
        public DateTimeOffset? AuthenticatedAt { get; init; }

        /// <summary>How (RFC 8176), the <c>amr</c> claim.</summary>
        public IReadOnlyList<string> AuthenticationMethods { get; init; } = [];
    }

    /// <summary>Tokens for the client itself: API scopes only, and no refresh token.</summary>
    /// <param name="Scopes">Fewer of the request's scopes; null for all of them.</param>
    public sealed record ForClient(IReadOnlyList<string>? Scopes = null) : CustomGrantAnswer;

    /// <summary>No tokens.</summary>
    /// <param name="Description">A sentence in ASCII for the client's log, without secrets.</param>
    /// <param name="Error">An error code of RFC 6749 5.2, such as <c>invalid_request</c> for a missing parameter.</param>
    public sealed record Refused(string Description, string Error = "invalid_grant") : CustomGrantAnswer;
}
