namespace IdP.Protocol.Logos;

/// <summary>
/// An app's logo, fetched from the address it registered and served from here: the browser of somebody who signs in never asks the app's site for it, and
/// every node has it. The row is there from the first attempt on.
/// </summary>
public sealed class ClientLogo
{
    public Guid ClientKey { get; set; }

    /// <summary>The address this row is about: when the client's is another one by now, the row says nothing any more.</summary>
    public required string Uri { get; set; }

    /// <summary>The image file as it came, last time it was good; null when it never was.</summary>
    public byte[]? Content { get; set; }

    public string? ContentType { get; set; }

    /// <summary>Begins the hash of <see cref="Content"/> and is part of the address it is served at, so that browsers may keep it for ever.</summary>
    public string? Fingerprint { get; set; }

    public DateTimeOffset? FetchedAt { get; set; }

    /// <summary>Attempts that failed since the last good one.</summary>
    public int Failures { get; set; }

    /// <summary>Why the last attempt failed, in words for an administrator.</summary>
    public string? LastError { get; set; }

    /// <summary>When the next attempt is due; moved forward by the node that makes one, so that no other node makes it too.</summary>
    public DateTimeOffset NextAttemptAt { get; set; }
}
