namespace IdP.Protocol.Outbound;

/// <summary>
/// What came of an outbound request. A refused address was never connected to, and every other failure looks the same whether a port was closed,
/// silent or spoke something else: what is shown to the person who chose the address must not make a port scanner of this server.
/// </summary>
public sealed record OutboundAnswer
{
    internal static readonly OutboundAnswer Refused = new() { IsRefused = true };
    internal static readonly OutboundAnswer Failed = new();

    /// <summary>The address may not be called: not https, not public, or not written plainly.</summary>
    public bool IsRefused { get; private init; }

    /// <summary>The HTTP status; null when there was no answer.</summary>
    public int? Status { get; private init; }

    /// <summary>The text of an answer that was asked for and came with a status of success, when it could be read within the limits; else null.</summary>
    public string? Body { get; private init; }

    /// <summary>What the sender says <see cref="Body"/> is, in lower case and without parameters.</summary>
    public string? MediaType { get; private init; }

    /// <summary>Whether the body is declared to be a JSON document (RFC 8259 11, RFC 6839 3.1).</summary>
    public bool IsJson => Body is not null && MediaType is { } type && (type == "application/json" || type.StartsWith("application/", StringComparison.Ordinal) && type.EndsWith("+json", StringComparison.Ordinal));

    /// <summary>The file answered with status 200; null when it is longer than was asked for.</summary>
    public byte[]? Content { get; private init; }

    /// <summary>How long the sender lets the body be kept (RFC 9111 5.2.2): zero when not at all, null when it does not say.</summary>
    public TimeSpan? MaxAge { get; private init; }

    /// <summary>How long to leave the sender alone (RFC 9110 10.2.3), when it says so in seconds.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>A few words for logs and consoles.</summary>
    public string Summary => this switch
    {
        { IsRefused: true } => "address not allowed",
        { Status: null } => "no usable answer",
        { Status: var status } => $"status {status}",
    };

    internal static OutboundAnswer From(int status, string? body = null, TimeSpan? maxAge = null, TimeSpan? retryAfter = null, string? mediaType = null) => new() { Status = status, Body = body, MaxAge = maxAge, RetryAfter = retryAfter, MediaType = mediaType };

    internal static OutboundAnswer OfFile(int status, byte[]? content) => new() { Status = status, Content = content };
}
