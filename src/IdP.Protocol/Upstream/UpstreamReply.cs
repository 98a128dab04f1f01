using System.Text.Json;

namespace IdP.Protocol.Upstream;

/// <summary>What came back from another provider, with what had been asked.</summary>
public sealed record UpstreamReply
{
    public required string Code { get; init; }

    /// <summary>The <c>iss</c> of the answer (RFC 9207), if it has one.</summary>
    public string? Issuer { get; init; }

    public required string RedirectUri { get; init; }

    /// <summary>Of PKCE (RFC 7636).</summary>
    public required string Verifier { get; init; }

    public required string Nonce { get; init; }

    /// <summary>The age of the sign-in there that was asked for, in seconds.</summary>
    public int? MaxAge { get; init; }

    /// <summary>A new sign-in was asked for (<c>prompt=login</c>).</summary>
    public bool IsNewSignIn { get; init; }

    public DateTimeOffset AskedAt { get; init; }
}

/// <summary>Who another provider says it is; or, in a word, why it is not believed.</summary>
public sealed record UpstreamPerson
{
    private readonly JsonElement token;
    private readonly JsonElement? userInfo;

    internal UpstreamPerson(string subject, JsonElement token, JsonElement? userInfo) => (Subject, this.token, this.userInfo) = (subject, token, userInfo);

    public string Subject { get; }

    public string? Text(string claim) => UpstreamJson.Text(token, claim) ?? (userInfo is { } more ? UpstreamJson.Text(more, claim) : null);

    /// <summary>An address and whether it is verified, both from the same document: one must not vouch for what the other says.</summary>
    public (string? Address, bool IsVerified) Email(string claim, string verifiedClaim)
    {
        var source = userInfo is { } more && UpstreamJson.Text(more, claim) is not null ? more : token;
        return (UpstreamJson.Text(source, claim), UpstreamJson.IsTrue(source, verifiedClaim));
    }
}

/// <summary>Something, or in a word why not: for logs, not for the person at the browser.</summary>
public readonly record struct UpstreamAnswer<T>(T? Value, string? Problem) where T : class;
