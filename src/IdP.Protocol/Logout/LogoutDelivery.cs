namespace IdP.Protocol.Logout;

/// <summary>
/// A logout token on its way to one app (OpenID Connect Back-Channel Logout 1.0): queued with the end of the session, retried until the app
/// confirms or <see cref="ExpiresAt"/> is reached, and kept afterwards as the receipt.
/// </summary>
public sealed class LogoutDelivery
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The session that ended (<c>sid</c>); null when everything of the person was ended at once.</summary>
    public Guid? SessionId { get; set; }

    /// <summary>The person (internal subject).</summary>
    public required string Subject { get; set; }

    public Guid ClientKey { get; set; }

    /// <summary>One of <see cref="LogoutDeliveryStatus"/>.</summary>
    public string Status { get; set; } = LogoutDeliveryStatus.Pending;

    public int Attempts { get; set; }

    /// <summary>When the next attempt is due; moved forward by the node that makes one, so that no other node makes it too.</summary>
    public DateTimeOffset NextAttemptAt { get; set; }

    /// <summary>Why the last attempt failed, in words for an administrator; never what the app answered.</summary>
    public string? LastError { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>When the provider gives up.</summary>
    public DateTimeOffset ExpiresAt { get; set; }
}

public static class LogoutDeliveryStatus
{
    public const string Pending = "pending";
    public const string Confirmed = "confirmed";
    public const string Failed = "failed";
}
